import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '../engine/types.ts';
import { type EtcdGateway, fromBase64, openEtcdGateway, withPrefix } from '../probes/etcd-gateway.ts';
import { messageOf } from '../probes/failures.ts';
import { type Fields, fieldsOf, listOf, textOf } from '../probes/fields.ts';
import { memberAt } from '../stack/members.ts';
import type { Member } from '../stack/topology.ts';
import { type LeaderKey, readLeaderKey, scopeOf } from './leader-key.ts';
import type { Signal } from './types.ts';

const openDeadlineMs = 2_000;
const reopenMs = 250;

export type Watching = { close(): void };
type Tell = (signal: Signal) => void;

/**
 * Watches who leads Patroni, at every etcd member at once: the first to tell counts, so that an etcd that is killed, or
 * sleeps, costs nothing. A watch that dies is opened again where it stopped. Resolves once one stands; tells by a note
 * when none does.
 */
export async function watchLeaderKey(access: readonly Access[], tell: Tell): Promise<Watching> {
  const members = access.filter(({ member }) => member.system === 'patroni').map(({ member }) => member);
  const gateways = access
    .filter(({ member, endpoint }) => member.system === 'etcd' && endpoint !== null)
    .map(openEtcdGateway);
  const closing = new AbortController();
  const close = () => {
    closing.abort();
    for (const gateway of gateways) gateway.close();
  };
  const notWatched = (why: string): void => {
    const text = `Patroni's leader key is not watched: ${why}`;
    tell({ kind: 'note', system: 'patroni', at: performance.now(), source: 'paws-top', text });
  };
  try {
    const scope = await scopeOf(access, openDeadlineMs);
    const key = await Promise.any(gateways.map((gateway) => readLeaderKey(gateway, scope, openDeadlineMs)));
    const reader = keyReader(key, members, tell);
    const opened = gateways.map((gateway) => watchAt(gateway, key, reader, closing.signal).then(() => true));
    const late = sleep(openDeadlineMs, false, { signal: closing.signal, ref: false });
    if (!(await Promise.race([...opened, late]))) notWatched('no etcd member lets it be');
  } catch (error) {
    const why = error instanceof AggregateError ? error.errors[0] : error;
    notWatched(messageOf(why ?? 'no etcd member is known'));
  }
  return { close };
}

/** Resolves when the watch stands for the first time, and keeps it from then on. */
function watchAt(gateway: EtcdGateway, { prefix, revision }: LeaderKey, read: Read, signal: AbortSignal) {
  let next = BigInt(revision) + 1n;
  return new Promise<void>((stands) => {
    const keep = async (): Promise<void> => {
      while (!signal.aborted) {
        const request = { ...withPrefix(prefix), start_revision: next.toString() };
        const ended = gateway.watch(request, (result) => {
          const at = performance.now();
          if (result.created === true) stands();
          // What was asked for has been compacted away: from the oldest there is.
          if (textOf(result.compact_revision) !== '') next = BigInt(textOf(result.compact_revision));
          for (const event of listOf(result.events).map(fieldsOf)) {
            read(event, at);
            next = newest(next, BigInt(textOf(fieldsOf(event.kv).mod_revision) || '0') + 1n);
          }
        });
        await ended.catch(() => undefined); // the others still watch, and the monitor shows a member that is down
        await sleep(reopenMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    };
    void keep();
  });
}

const newest = (a: bigint, b: bigint): bigint => (a > b ? a : b);

type Read = (event: Fields, at: number) => void;

/** Turns etcd's events, which come once from each member, into signals, told once. */
export function keyReader({ prefix, leader, revision }: LeaderKey, members: readonly Member[], tell: Tell): Read {
  const told = new Set<string>();
  const nameOf = (name: string) => memberAt(members, name)?.name ?? name;
  let holder = leader;
  let last = leader;
  let sync: string | null = null;

  return (event, at) => {
    const kv = fieldsOf(event.kv);
    const key = fromBase64(kv.key).slice(prefix.length);
    const modified = textOf(kv.mod_revision);
    if (BigInt(modified || '0') <= BigInt(revision) || told.has(`${modified} ${key}`)) return;
    told.add(`${modified} ${key}`);
    const note = (text: string) => tell({ kind: 'note', system: 'patroni', at, source: 'etcd', text });
    const value = event.type === 'DELETE' ? null : fromBase64(kv.value);

    if (key === 'leader' && value === null) {
      if (holder === null) return;
      const text = `leader key gone: ${nameOf(holder)} no longer leads`;
      holder = null;
      tell({ kind: 'detected', system: 'patroni', at, source: 'etcd', text });
    } else if (key === 'leader' && value !== null) {
      if (value === holder) return;
      const text = `${nameOf(value)} holds the leader key${value === last ? ' again' : ''}`;
      holder = value;
      last = value;
      tell({ kind: 'elected', system: 'patroni', at, source: 'etcd', text, leader: nameOf(value) });
    } else if (key === 'sync' && value !== null) {
      const standby = textOf(fieldsOf(jsonOf(value)).sync_standby);
      if (standby === sync) return;
      sync = standby;
      note(standby === '' ? 'no standby is synchronous now' : `${standbys(standby, nameOf)} now the sync standby`);
    } else if (key === 'failover' && value !== null) {
      const { leader: from, member: to } = fieldsOf(jsonOf(value));
      if (textOf(from) === '' && textOf(to) === '') return; // taken back
      const whom = textOf(to) === '' ? 'any member' : nameOf(textOf(to));
      note(`asked for a new leader: ${whom}${textOf(from) === '' ? '' : ` instead of ${nameOf(textOf(from))}`}`);
    } else if (key === 'history' && value !== null) {
      const [timeline] = listOf(listOf(jsonOf(value)).at(-1));
      if (typeof timeline === 'number') note(`timeline ${timeline} → ${timeline + 1}`);
    }
  };
}

function standbys(names: string, nameOf: (name: string) => string): string {
  const all = names.split(',').map(nameOf);
  return `${all.join(' and ')} ${all.length === 1 ? 'is' : 'are'}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
