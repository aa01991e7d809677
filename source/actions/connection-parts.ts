import type { ContainerDetails, Credentials, Endpoint } from '../engine/types.ts';
import type { Connection } from './console-types.ts';

/** A member as a client reaches it. */
export type Place = { readonly name: string; readonly host: string; readonly port: number };

export const hostPort = ({ host, port }: Pick<Place, 'host' | 'port'>): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** What stands for a password that is not shown. */
const hidden = '…';

/**
 * A string in both its forms, made by one function of what stands in for each password. `encode`: as the string's own
 * syntax has it.
 */
export function connection(
  title: string,
  make: (password: (value: string | null, encode?: (text: string) => string) => string) => string,
  note: string | null = null,
): Connection {
  return {
    title,
    shown: make((value) => (value === null ? '' : hidden)),
    secret: make((value, encode = encodeURIComponent) => (value === null ? '' : encode(value))),
    note,
  };
}

export const nobody: Credentials = { username: null, password: null };

/** JSON's strings are those of JavaScript and, for what passwords are made of, of Python. */
export const quoted = (text: string): string => JSON.stringify(text);

/** The port inside the container of what is reached by an endpoint: of a tunnel it is not known, and the usual one is taken. */
export function portInside(endpoint: Endpoint | null, { ports }: ContainerDetails, usual: number): number {
  if (endpoint === null || endpoint.via === 'exec') return usual;
  if (endpoint.via === 'address') return endpoint.port;
  return ports.find((binding) => binding.hostPort === endpoint.port)?.port ?? usual;
}
