import type { Access } from '../engine/types.ts';
import { subjectOf } from '../probes/connection.ts';
import { failure, socketFailure } from '../probes/failures.ts';
import { type Fields, fieldsOf } from '../probes/fields.ts';
import { type JsonClient, openJsonClient, type TextAnswer } from '../probes/http.ts';
import { StackError } from '../stack/errors.ts';

const lookDeadlineMs = 2_000;

/** Uses a member's REST interface, with its credentials, for as long as the call takes. */
export async function withPatroni<T>(access: Access, use: (client: JsonClient) => Promise<T>): Promise<T> {
  const { endpoint, credentials, tls, member } = access;
  if (endpoint === null) throw failure('unreachable', member.name, undefined, 'no published port, no address');
  const { username, password } = credentials;
  const secret = username === null || password === null ? null : `Basic ${btoa(`${username}:${password}`)}`;
  const client = openJsonClient(endpoint, tls, subjectOf(member.name, endpoint), () => secret);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

/** The ways to Patroni's members; with the one named first. @throws StackError `unreachable` when there is none */
export function patroniWays(access: readonly Access[], first: string | null = null): readonly [Access, ...Access[]] {
  const ways = access.filter(({ member, endpoint }) => member.system === 'patroni' && endpoint !== null);
  const [best, ...others] = ways.toSorted((a, b) => Number(b.member.name === first) - Number(a.member.name === first));
  if (best === undefined) throw new StackError('unreachable', 'no Patroni member can be reached from here');
  return [best, ...others];
}

/** The way to this member. @throws StackError `unreachable` */
export function patroniWay(access: readonly Access[], name: string): Access {
  const [way] = patroniWays(access, name);
  if (way.member.name !== name) throw failure('unreachable', name, undefined, 'no published port, no address');
  return way;
}

/** A JSON document of one member, whatever its status. @throws StackError */
export async function readPatroni(access: Access, path: string): Promise<Fields> {
  return asked(access, lookDeadlineMs, async (client, signal) => fieldsOf((await client.get(path, signal)).body));
}

/**
 * Sends a request that changes something, and resolves with Patroni's own words. @throws StackError `rejected`, with its
 * words, unless it answers 2xx
 */
export async function changePatroni(
  access: Access,
  request: { readonly method: 'POST' | 'PATCH'; readonly path: string; readonly body: object },
  deadlineMs: number,
): Promise<string> {
  const { method, path, body } = request;
  const { status, text } = await asked<TextAnswer>(access, deadlineMs, (client, signal) =>
    method === 'PATCH' ? client.patchForText(path, body, signal) : client.postForText(path, body, signal),
  );
  if (status >= 200 && status < 300) return text.trim();
  const words = text.startsWith('<') ? '' : `, ${text.trim()}`; // Python's own page, for what is not even a request
  throw failure('rejected', subjectOf(access.member.name, access.endpoint), undefined, `HTTP ${status}${words}`);
}

/** As it is sent, for a dialog: `PATCH /config {"pause":true}`. */
export const patroniLiteral = (method: 'POST' | 'PATCH', path: string, body: object): string =>
  `${method} ${path} ${JSON.stringify(body)}`;

async function asked<T>(
  access: Access,
  deadlineMs: number,
  ask: (client: JsonClient, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const subject = subjectOf(access.member.name, access.endpoint);
  const expired = AbortSignal.timeout(deadlineMs);
  try {
    return await withPatroni(access, (client) => ask(client, expired));
  } catch (error) {
    if (expired.aborted) throw failure('timeout', subject, error);
    throw socketFailure(subject, error);
  }
}
