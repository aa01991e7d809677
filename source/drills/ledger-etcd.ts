import type { Access } from '../engine/types.ts';
import { subjectOf } from '../probes/connection.ts';
import { withinDeadline } from '../probes/deadline.ts';
import { failure, messageOf, socketFailure } from '../probes/failures.ts';
import { fieldsOf, textOf } from '../probes/fields.ts';
import { type JsonClient, openJsonClient } from '../probes/http.ts';
import { StackError } from '../stack/errors.ts';
import { type Answer, choreDeadlineMs, type LedgerStore, type Line, readDeadlineMs, wayTo } from './ledger-store.ts';

/** An answer of the final read stays well below 1 MiB. */
const pageSize = 2000;

/** One key per id, by etcd's JSON gateway; any member takes writes for the cluster. */
export function openEtcdStore(access: readonly Access[], run: string): LedgerStore {
  const prefix = `paws-top/ledger/${run}/`;
  const whole = { key: base64(prefix), range_end: base64(`${prefix.slice(0, -1)}0`) }; // `0` follows `/`

  const ask = async (
    way: Access,
    path: string,
    body: Readonly<Record<string, unknown>>,
    deadlineMs = choreDeadlineMs,
  ): Promise<unknown> => {
    const subject = subjectOf(way.member.name, way.endpoint);
    const client = openClient(way);
    try {
      const answer = await withinDeadline(client.post(path, body), deadlineMs, subject);
      if (answer.status === 404) throw needsGateway();
      if (answer.status !== 200) throw failure('rejected', subject, undefined, textOf(fieldsOf(answer.body).error));
      return answer.body;
    } catch (error) {
      throw socketFailure(subject, error);
    } finally {
      client.close();
    }
  };
  const askAny = async (path: string, body: Readonly<Record<string, unknown>>): Promise<unknown> => {
    let last: unknown = null;
    for (const way of access) {
      try {
        return await ask(way, path, body);
      } catch (error) {
        last = error;
      }
    }
    throw last ?? new StackError('rejected', 'No etcd member to write to');
  };

  return {
    system: 'etcd',
    spread: true,
    mostHung: Number.POSITIVE_INFINITY,
    connect: (member) => openLine(wayTo(access, member), prefix),
    async prepare() {
      if (access.some(({ tls, credentials }) => tls || credentials.password !== null)) throw needsGateway();
      await askAny('/v3/kv/range', { ...whole, count_only: true });
    },
    /** Linearizable, as etcd's ranges are unless told otherwise; all pages of one revision. */
    async read(member) {
      const way = wayTo(access, member);
      const ids = new Set<string>();
      let page = parsePage(
        await ask(way, '/v3/kv/range', { ...whole, keys_only: true, limit: pageSize }, readDeadlineMs),
      );
      const { revision } = page;
      for (;;) {
        for (const key of page.keys) ids.add(key.slice(prefix.length));
        const last = page.keys.at(-1);
        if (!page.more || last === undefined) return ids;
        const rest = { ...whole, key: base64(`${last}\0`), keys_only: true, limit: pageSize, revision };
        page = parsePage(await ask(way, '/v3/kv/range', rest, readDeadlineMs));
      }
    },
    durability: async () => 'Raft majority, fsync',
    async clean() {
      await askAny('/v3/kv/deleterange', whole);
    },
  };
}

const needsGateway = () =>
  new StackError('precondition', 'The etcd ledger needs the JSON gateway, without credentials or TLS');
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function openClient(way: Access): JsonClient {
  const { endpoint, member } = way;
  if (endpoint === null) throw failure('unreachable', member.name, undefined, 'no published port, no address');
  return openJsonClient(endpoint, way.tls, subjectOf(member.name, endpoint));
}

function parsePage(body: unknown) {
  const { header, kvs, more } = fieldsOf(body);
  const keys = Array.isArray(kvs) ? kvs : [];
  return {
    revision: textOf(fieldsOf(header).revision),
    keys: keys.map((kv) => Buffer.from(textOf(fieldsOf(kv).key), 'base64').toString()),
    more: more === true,
  };
}

function openLine(way: Access, prefix: string): Line {
  const client = openClient(way);
  let dead = false;
  return {
    /** A local read, which makes the connection that the writes then use; whoever answers takes writes for the cluster. */
    async check() {
      const { status } = await client.post('/v3/maintenance/status', {});
      if (status !== 200) throw new Error(`HTTP ${status}`);
      return true;
    },
    async write(id) {
      try {
        const { status, body } = await client.post('/v3/kv/put', { key: base64(prefix + id), value: base64('1') });
        return status === 200 ? { outcome: 'acked' } : classify(textOf(fieldsOf(body).error), status);
      } catch (error) {
        dead = true;
        return classifyError(error);
      }
    },
    isDead: () => dead,
    close: () => client.close(),
  };
}

/**
 * `too many requests` is said before anything is proposed. Everything else may still be applied: no leader, a leader that
 * changed, a request that timed out, even `database space exceeded`, with which a member that applies answers too.
 */
function classify(text: string, status: number): Answer {
  const why = text === '' ? `HTTP ${status}` : text;
  if (/etcdserver: too many requests/.test(text)) return { outcome: 'failed', why, readOnly: false };
  return { outcome: 'indeterminate', why };
}

function classifyError(error: unknown): Answer {
  const { kind } = socketFailure('', error);
  const why = messageOf(error);
  // Refused or no way there: no connection, so nothing was sent.
  if (kind === 'refused' || kind === 'unauthorized') return { outcome: 'failed', why, readOnly: false };
  return { outcome: 'indeterminate', why };
}
