import { noop } from 'cockatiel';
import { Etcd3, GRPCDeadlineExceededError, GRPCGenericError } from 'etcd3';
import type { Access, Endpoint } from '../engine/types.ts';
import type { EtcdClaim, EtcdPeer } from '../stack/claims.ts';
import type { StackError } from '../stack/errors.ts';
import { type Connection, keepConnection, subjectOf } from './connection.ts';
import { orNull } from './deadline.ts';
import { parseRoster, parseStatus, rosterEveryMs } from './etcd-answers.ts';
import { type HeldChannel, knock, openChannel } from './etcd-channel.ts';
import { failure, messageOf } from './failures.ts';
import type { Probe } from './types.ts';

/** etcd's tokens live for 5 minutes. */
const tokenEveryMs = 240_000;

/** The etcd probe by gRPC: for members that want TLS or credentials, or have no JSON gateway. */
export function openEtcdClientProbe(access: Access, deadlineMs: number): Probe<EtcdClaim> {
  const subject = subjectOf(access.member.name, access.endpoint);
  let roster: readonly EtcdPeer[] | null = null;
  let askedRosterAt = Number.NEGATIVE_INFINITY;

  return keepConnection({
    subject,
    endpoint: access.endpoint,
    deadlineMs,
    open: (endpoint) => openClient(endpoint, access),
    async ask(connection) {
      const startedAt = performance.now();
      // A little later than ours, which closes the connection as well; this one tells the server when to stop.
      const deadline = Date.now() + deadlineMs + 50;
      const client = await connection.ready(deadline);
      const status = await client.maintenance.status({ deadline });
      if (performance.now() - askedRosterAt > rosterEveryMs) {
        // After the status: etcd3 closes the connection when this fails, as it does on a learner.
        const list = client.cluster.memberList({ linearizable: false }, { deadline });
        const answer = await orNull(list, Math.max(10, 0.8 * deadlineMs - (performance.now() - startedAt)));
        if (answer === null) connection.spend();
        roster = answer === null ? roster : parseRoster(answer);
        askedRosterAt = performance.now();
      }
      return { ...parseStatus(status, subject), roster };
    },
    explain: (error) => explain(error, subject),
  });
}

type Client = Connection & {
  ready(deadline: number): Promise<Etcd3>;
  /** The next ask connects anew. */
  spend(): void;
};

/** Connects at the first call of `ready`; with credentials it has a token before anything is asked. */
function openClient(endpoint: Endpoint, { tls, credentials: { username, password } }: Access): Client {
  const closing = new AbortController();
  let held: HeldChannel | null = null;
  let client: Etcd3 | null = null;
  let spent = false;
  let token: { readonly text: string | null; readonly at: number } | null = null;

  return {
    async ready(deadline) {
      if (client === null) {
        await knock(endpoint, closing.signal);
        closing.signal.throwIfAborted();
        held = openChannel(endpoint, tls);
        client = openEtcd3(endpoint, held, () => token?.text ?? null);
      }
      if (username !== null && password !== null && (token === null || performance.now() - token.at > tokenEveryMs)) {
        token = null;
        const text = await authenticate(client, username, password, deadline);
        token = { text, at: performance.now() };
      }
      return client;
    },
    spend() {
      spent = true;
    },
    isDead: () => spent || (held?.isDead() ?? false),
    close() {
      closing.abort();
      client?.close();
      held?.close();
    },
  };
}

/**
 * A token, or null where etcd wants none. Not by etcd3's own `auth`: that opens a connection of its own which is never
 * closed, and asks again without end when a token has expired.
 */
async function authenticate(client: Etcd3, name: string, password: string, deadline: number): Promise<string | null> {
  try {
    return (await client.auth.authenticate({ name, password }, { deadline })).token;
  } catch (error) {
    if (/authentication is not enabled/.test(messageOf(error))) return null;
    throw error;
  }
}

/** etcd3 for this member alone, without its retries and its circuit breaker, which would hide an outage. */
function openEtcd3(endpoint: Endpoint, { channel }: HeldChannel, token: () => string | null): Etcd3 {
  return new Etcd3({
    hosts: `${endpoint.host}:${endpoint.port}`,
    faultHandling: { host: () => noop, global: noop },
    grpcOptions: { channelOverride: channel, interceptors: [sendToken(token)] },
  });
}

type Headers = { set(name: string, value: string): void };
type Call = { start(headers: Headers, listener: unknown): void };

const sendToken =
  (token: () => string | null) =>
  (options: unknown, next: (options: unknown) => Call): Call => {
    const call = next(options);
    const start = call.start.bind(call);
    call.start = (headers, listener) => {
      const text = token();
      if (text !== null) headers.set('token', text);
      start(headers, listener);
    };
    return call;
  };

/** etcd3 keeps only the message of a gRPC error, and its class. */
function explain(error: unknown, subject: string): StackError | null {
  const text = messageOf(error);
  if (error instanceof GRPCDeadlineExceededError) return failure('timeout', subject, error);
  if (/auth|user name is empty|permission denied/i.test(text)) return failure('unauthorized', subject, error);
  if (/ECONNREFUSED/.test(text)) return failure('refused', subject, error);
  if (/ECONNRESET|EPIPE|Connection dropped|Failed to connect|closed|GOAWAY/i.test(text))
    return failure('closed', subject, error);
  if (/etcdserver:/.test(text)) return failure('rejected', subject, error, text);
  if (/SSL|TLS|Protocol error/.test(text)) return failure('garbage', subject, error);
  if (error instanceof GRPCGenericError) return failure('garbage', subject, error, text);
  return null;
}
