import { parse } from 'yaml';
import { interpolate, onlyVariable, type Variables } from './compose-variables.ts';

export type PublishedPort = {
  readonly hostIp: string;
  readonly hostPort: number;
  readonly port: number;
  /** The variable that moves it, where the file names one. */
  readonly variable: string | null;
};

/** What is read of a service: as the file says, variables filled in. `environment` may hold secrets. */
export type ComposeService = {
  readonly name: string;
  /** Empty: in every profile. */
  readonly profiles: readonly string[];
  readonly image: string | null;
  /** Entrypoint and command as one argv. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly PublishedPort[];
  readonly memoryLimitBytes: number | null;
  readonly hasHealthcheck: boolean;
  /** Target stage of its build; '' for the last stage; null when it is not built here. */
  readonly buildTarget: string | null;
  /** Keys of the named volumes that it mounts, each with where; not the folders of the machine. */
  readonly volumes: readonly { readonly name: string; readonly target: string }[];
  /** What it calls itself, and others may call it: hostname, container's name, static addresses. */
  readonly aliases: readonly string[];
  /** Environment keys that are nothing but one required variable: key → variable. */
  readonly required: Readonly<Record<string, string>>;
};

export type ComposeFile = {
  readonly name: string | null;
  readonly services: readonly ComposeService[];
  readonly subnets: readonly { readonly cidr: string; readonly variable: string | null }[];
  /** All variables that must be given (`${X:?…}`), in the order of the file. */
  readonly requiredVariables: readonly string[];
};

/** Reads a compose file (compose-spec, the parts that matter here). null when it is none. */
export function parseComposeFile(text: string, variables: Variables): ComposeFile | null {
  const raw = parseYaml(text);
  if (raw === null || !isRecord(raw.services)) return null;
  const services = Object.entries(raw.services).map(([name, body]) =>
    serviceOf(name, isRecord(body) ? body : {}, variables),
  );
  return {
    name: typeof raw.name === 'string' ? interpolate(raw.name, variables) : null,
    services,
    subnets: Object.values(isRecord(raw.networks) ? raw.networks : {}).flatMap((network) =>
      subnetsOf(network, variables),
    ),
    requiredVariables: [...new Set([...text.matchAll(/\$\{(\w+):?\?/g)].map((match) => match[1] ?? ''))],
  };
}

/** The profiles that the file knows, in the order of the file. */
export function profilesOf(file: ComposeFile): string[] {
  return [...new Set(file.services.flatMap((service) => service.profiles))];
}

/** The services that a profile starts. */
export function servicesOf(file: ComposeFile, profile: string | null): ComposeService[] {
  return file.services.filter(
    (service) => service.profiles.length === 0 || (profile !== null && service.profiles.includes(profile)),
  );
}

function serviceOf(name: string, body: Record<string, unknown>, variables: Variables): ComposeService {
  const text = (value: unknown) => interpolate(String(value ?? ''), variables);
  const environment = Object.entries(pairs(body.environment));
  return {
    name,
    profiles: list(body.profiles).map(text),
    image: body.image === undefined ? null : text(body.image),
    argv: [...words(body.entrypoint), ...words(body.command)].map(text),
    environment: Object.fromEntries(environment.map(([key, value]) => [key, text(value)])),
    labels: Object.fromEntries(Object.entries(pairs(body.labels)).map(([key, value]) => [key, text(value)])),
    ports: list(body.ports).flatMap((port) => portOf(port, variables)),
    memoryLimitBytes: bytesOf(text(body.mem_limit)) ?? bytesOf(text(deployLimit(body))),
    hasHealthcheck: isRecord(body.healthcheck) && body.healthcheck.disable !== true,
    buildTarget: buildTargetOf(body.build, text),
    volumes: list(body.volumes).flatMap((volume) => volumeOf(volume, text)),
    aliases: [
      ...[body.hostname, body.container_name],
      ...Object.values(isRecord(body.networks) ? body.networks : {}).flatMap((network) =>
        isRecord(network) ? [network.ipv4_address, network.ipv6_address] : [],
      ),
    ]
      .map(text)
      .filter((alias) => alias !== ''),
    required: Object.fromEntries(
      environment.flatMap(([key, value]) => {
        const variable = /^\$\{(\w+):?\?[^}]*\}$/.exec(value)?.[1];
        return variable === undefined ? [] : [[key, variable]];
      }),
    ),
  };
}

/** Short (`127.0.0.1:6379:6379/tcp`) and long form. Ranges and ports that the engine chooses are left out. */
function portOf(port: unknown, variables: Variables): PublishedPort[] {
  const long = isRecord(port);
  const published = long ? String(port.published ?? '') : splitPort(String(port)).published;
  const { hostIp, target } = long
    ? { hostIp: String(port.host_ip ?? ''), target: String(port.target ?? '') }
    : splitPort(String(port));
  const hostPort = Number(interpolate(published, variables));
  const inner = Number(interpolate(target, variables).split('/')[0]);
  if (!Number.isInteger(hostPort) || hostPort <= 0 || !Number.isInteger(inner)) return [];
  return [{ hostIp: interpolate(hostIp, variables), hostPort, port: inner, variable: onlyVariable(published) }];
}

/** Splits at the colons that do not stand inside `${…}` or `[…]`. */
function splitPort(text: string): { hostIp: string; published: string; target: string } {
  const parts = text.match(/(?:\$\{[^}]*\}|\[[^\]]*\]|[^:])+/g) ?? [];
  const target = parts.at(-1) ?? '';
  return { hostIp: parts.slice(0, -2).join(':'), published: parts.length > 1 ? (parts.at(-2) ?? '') : '', target };
}

/** Short (`data:/var/lib:ro`) and long form. */
function volumeOf(volume: unknown, text: (value: unknown) => string): { name: string; target: string }[] {
  const long = isRecord(volume);
  if (long && volume.type !== 'volume') return [];
  const [name = '', target = ''] = long ? [text(volume.source), text(volume.target)] : text(volume).split(':');
  // A path is a folder; a target alone is a volume without a name.
  return /^[\w][\w.-]*$/.test(name) && target !== '' ? [{ name, target }] : [];
}

function subnetsOf(network: unknown, variables: Variables): { cidr: string; variable: string | null }[] {
  if (!isRecord(network) || !isRecord(network.ipam)) return [];
  return list(network.ipam.config).flatMap((entry) =>
    isRecord(entry) && typeof entry.subnet === 'string'
      ? [{ cidr: interpolate(entry.subnet, variables), variable: /\$\{(\w+)/.exec(entry.subnet)?.[1] ?? null }]
      : [],
  );
}

function buildTargetOf(build: unknown, text: (value: unknown) => string): string | null {
  if (typeof build === 'string') return '';
  return isRecord(build) ? text(build.target) : null;
}

function deployLimit(body: Record<string, unknown>): unknown {
  const limits = isRecord(body.deploy) && isRecord(body.deploy.resources) ? body.deploy.resources.limits : null;
  return isRecord(limits) ? limits.memory : '';
}

/** `192m`, `1.5g`, `268435456`, `64mb`. */
function bytesOf(text: string): number | null {
  const match = /^([\d.]+)\s*([bkmg]?)b?$/i.exec(text);
  if (match === null) return null;
  return Number(match[1]) * 1024 ** Math.max(0, 'bkmg'.indexOf((match[2] || 'b').toLowerCase()));
}

function parseYaml(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = parse(text, { merge: true });
    return isRecord(value) ? value : null;
  } catch {
    return null; // not YAML: then it is not a compose file, which is what the caller wants to know
  }
}

/** A map, or a list of `KEY=value`. */
function pairs(value: unknown): Record<string, string> {
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, String(each ?? '')]));
  return Object.fromEntries(
    list(value).map((each) => {
      const [key = '', ...rest] = String(each).split('=');
      return [key, rest.join('=')];
    }),
  );
}

function words(value: unknown): string[] {
  return typeof value === 'string' ? value.split(/\s+/).filter(Boolean) : list(value).map(String);
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
