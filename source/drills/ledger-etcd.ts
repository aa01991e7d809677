import type { Access } from '../engine/types.ts';
import { base64, fromBase64, openEtcdGateway, withPrefix } from '../probes/etcd-gateway.ts';
import { messageOf, socketFailure } from '../probes/failures.ts';
import { type Fields, fieldsOf, listOf, textOf } from '../probes/fields.ts';
import { StackError } from '../stack/errors.ts';
import { type Answer, choreDeadlineMs, type LedgerStore, type Line, readDeadlineMs, wayTo } from './ledger-store.ts';

/** An answer of the final read stays well below 1 MiB. */
const pageSize = 2000;

/** One key per id, by etcd's JSON gateway; any member takes writes for the cluster. */
export function openEtcdStore(access: readonly Access[], run: string): LedgerStore {
  const prefix = `paws-top/ledger/${run}/`;
  const range = withPrefix(prefix);

  const ask = async (way: Access, path: string, body: Fields, deadlineMs = choreDeadlineMs): Promise<Fields> => {
    const gateway = openEtcdGateway(way);
    try {
      return await gateway.call(path, body, deadlineMs);
    } catch (error) {
      throw socketFailure(gateway.subject, error);
    } finally {
      gateway.close();
    }
  };
  const askAny = async (path: string, body: Fields): Promise<Fields> => {
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
    /** Nothing to make; but it says now whether there is a gateway, and whether it lets us in. */
    async prepare() {
      await askAny('/v3/kv/range', { ...range, count_only: true });
    },
    /** Linearizable, as etcd's ranges are unless told otherwise; all pages of one revision. */
    async read(member) {
      const way = wayTo(access, member);
      const request = { ...range, keys_only: true, limit: pageSize };
      const ids = new Set<string>();
      let page = parsePage(await ask(way, '/v3/kv/range', request, readDeadlineMs));
      const { revision } = page;
      for (;;) {
        for (const key of page.keys) ids.add(key.slice(prefix.length));
        const last = page.keys.at(-1);
        if (!page.more || last === undefined) return ids;
        const rest = { ...request, key: base64(`${last}\0`), revision };
        page = parsePage(await ask(way, '/v3/kv/range', rest, readDeadlineMs));
      }
    },
    durability: async () => 'Raft majority, fsync',
    async clean() {
      await askAny('/v3/kv/deleterange', range);
    },
  };
}

function parsePage({ header, kvs, more }: Fields) {
  return {
    revision: textOf(fieldsOf(header).revision),
    keys: listOf(kvs).map((kv) => fromBase64(fieldsOf(kv).key)),
    more: more === true,
  };
}

function openLine(way: Access, prefix: string): Line {
  const gateway = openEtcdGateway(way);
  let dead = false;
  return {
    /** A local read, which makes the connection that the writes then use; whoever answers takes writes for the cluster. */
    async check() {
      await gateway.call('/v3/maintenance/status', {}, choreDeadlineMs);
      return true;
    },
    async write(id) {
      try {
        await gateway.call('/v3/kv/put', { key: base64(prefix + id), value: base64('1') }, choreDeadlineMs);
        return { outcome: 'acked' };
      } catch (error) {
        dead = true;
        return classify(error, gateway.subject);
      }
    },
    isDead: () => dead,
    close: gateway.close,
  };
}

/**
 * Refused or turned away: nothing was sent, or nothing let in. `too many requests` is said before anything is proposed.
 * Everything else may still be applied: no leader, a leader that changed, a request that timed out, even `database space
 * exceeded`, with which a member that applies it answers too (etcd: server/etcdserver/apply.go, quotaApplierV3).
 */
function classify(error: unknown, subject: string): Answer {
  const { kind, message } = socketFailure(subject, error);
  const why = kind === 'internal' ? messageOf(error) : message;
  const harmless = kind === 'refused' || kind === 'unauthorized' || /etcdserver: too many requests/.test(message);
  return harmless ? { outcome: 'failed', why, readOnly: false } : { outcome: 'indeterminate', why };
}
