import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '../engine/types.ts';
import { subjectOf } from '../probes/connection.ts';
import { withinDeadline } from '../probes/deadline.ts';
import { failure, messageOf, socketFailure } from '../probes/failures.ts';
import { type Command, explainRedis, openRedisClient, type RedisClient } from '../probes/redis-client.ts';
import { StackError } from '../stack/errors.ts';
import { type Answer, choreDeadlineMs, type LedgerStore, type Line, readDeadlineMs, wayTo } from './ledger-store.ts';

/** A removal reaches the replicas within milliseconds, unless one of them is being promoted. */
const goneDeadlineMs = 2_000;
const goneLookMs = 100;

/** For leftovers of a run that nobody cleans up; far longer than any run. */
const keptS = 86_400;

/**
 * Refusals before a command is executed (server.c, processCommand): it had no effect. NOREPLICAS too: it is said when too
 * few replicas are linked, never after a wait.
 */
const refusals = /^(READONLY|NOREPLICAS|LOADING|MASTERDOWN|MISCONF|OOM|NOAUTH|NOPERM|BUSY)\b/;

/** A run's ids as one set, since that is written in one command and read in one. */
export function openRedisStore(access: readonly Access[], run: string): LedgerStore {
  const key = `paws-top:ledger:${run}`;

  /** Sends commands to a master over a connection of their own; null where the member is none. */
  const onMaster = async (
    way: Access,
    commands: readonly Command[],
    deadlineMs = choreDeadlineMs,
  ): Promise<readonly unknown[] | null> => {
    const subject = subjectOf(way.member.name, way.endpoint);
    const client = openClient(way, deadlineMs);
    try {
      return await withinDeadline(askMaster(client, commands), deadlineMs, subject);
    } catch (error) {
      throw explainRedis(error, subject) ?? socketFailure(subject, error);
    } finally {
      client.close();
    }
  };
  /** The first master that answers, in the order of members. */
  const onAnyMaster = async (...commands: Command[]): Promise<readonly unknown[]> => {
    let last: unknown = null;
    for (const way of access) {
      try {
        const replies = await onMaster(way, commands);
        if (replies !== null) return replies;
      } catch (error) {
        last = error;
      }
    }
    throw last ?? new StackError('rejected', 'No Redis member is a master');
  };

  /**
   * Whether the key may come back from this member: it has it still, or follows nobody, as one does that is about to be
   * promoted. false where it does not answer: what comes back as a replica takes its master's keys over.
   */
  const mayKeep = async (way: Access): Promise<boolean> => {
    const client = openClient(way, choreDeadlineMs);
    const asked = client.send([['role'], ['exists', key]]).then(([role, has]) => isAstray(role) || has !== 0);
    return withinDeadline(asked, choreDeadlineMs, subjectOf(way.member.name, way.endpoint))
      .catch(() => false)
      .finally(() => client.close());
  };

  /** Where two say that they are masters, nothing tells here which of them stays one. */
  const unlinkOnMasters = async (): Promise<void> => {
    const asked = await Promise.allSettled(access.map((way) => onMaster(way, [['unlink', key]])));
    if (asked.some((one) => one.status === 'fulfilled' && one.value !== null)) return;
    const refused = asked.find((one) => one.status === 'rejected');
    throw refused?.reason ?? new StackError('rejected', 'No Redis member is a master');
  };

  return {
    system: 'redis',
    spread: false,
    mostHung: Number.POSITIVE_INFINITY,
    connect: (member) => openLine(wayTo(access, member), key),
    async prepare() {
      const [policy] = await onAnyMaster(['config', 'get', 'maxmemory-policy']);
      // A key that expires is what volatile-* policies evict first, and an evicted id would look like a lost one.
      const expires = settingOf(policy) === 'noeviction';
      const mark: Command[] = expires ? [['expire', key, String(keptS)]] : [];
      await onAnyMaster(['sadd', key, began], ...mark);
    },
    async read(member) {
      const way = wayTo(access, member);
      const replies = await onMaster(way, [['smembers', key]], readDeadlineMs);
      if (replies === null) throw failure('rejected', member, undefined, 'it is not a master');
      const ids = replies[0];
      if (!Array.isArray(ids)) throw ids instanceof Error ? ids : failure('garbage', member);
      return new Set(ids.map(String).filter((id) => id !== began));
    },
    async durability() {
      const names = ['appendonly', 'appendfsync', 'min-replicas-to-write', 'maxmemory-policy'];
      const replies = await onAnyMaster(...names.map((name): Command => ['config', 'get', name]));
      const [appendonly, appendfsync, minReplicas, policy] = replies.map(settingOf);
      const file = appendonly === 'no' ? 'no append-only file' : `appendfsync ${appendfsync ?? 'unknown'}`;
      const evicts = policy === 'noeviction' ? '' : `; maxmemory-policy ${policy ?? 'unknown'} may evict ids`;
      return `asynchronous replication; ${file}; min-replicas-to-write ${minReplicas ?? 'unknown'}${evicts}`;
    },
    async clean() {
      const deadline = performance.now() + goneDeadlineMs;
      for (;;) {
        await unlinkOnMasters();
        const kept = await Promise.all(access.map(mayKeep));
        const first = access[kept.indexOf(true)];
        if (first === undefined) return;
        if (performance.now() >= deadline) {
          throw new StackError(
            'precondition',
            `${first.member.name} does not follow its master yet, and keeps the ledger`,
          );
        }
        await sleep(goneLookMs);
      }
    },
  };
}

/** Makes the key exist, so that it has its expiry before the first id. */
const began = 'began';

function openClient(way: Access, deadlineMs: number): RedisClient {
  const { endpoint, member } = way;
  if (endpoint === null) throw failure('unreachable', member.name, undefined, 'no published port, no address');
  return openRedisClient(endpoint, way, deadlineMs);
}

async function askMaster(client: RedisClient, commands: readonly Command[]): Promise<readonly unknown[] | null> {
  if (!(await isMaster(client))) return null;
  const replies = await client.send(commands);
  const refused = replies.find((reply) => reply instanceof Error && !/^(NOPERM|ERR unknown)/.test(reply.message));
  if (refused !== undefined) throw refused;
  return replies;
}

/** ROLE: `master`, `slave` or `sentinel` first; answered while loading too. */
async function isMaster(client: RedisClient): Promise<boolean> {
  const [role] = await client.send([['role']]);
  if (role instanceof Error) throw role;
  return Array.isArray(role) && role[0] === 'master';
}

/** `slave`, host, port, state: https://redis.io/docs/latest/commands/role/ */
const isAstray = (role: unknown): boolean => Array.isArray(role) && role[0] === 'slave' && role[3] !== 'connected';

/** The value in a CONFIG GET reply; null where it may not be asked. */
const settingOf = (reply: unknown): string | null => (Array.isArray(reply) ? String(reply[1] ?? '') : null);

function openLine(way: Access, key: string): Line {
  const client = openClient(way, choreDeadlineMs);
  return {
    check: () => isMaster(client),
    async write(id) {
      try {
        const [reply] = await client.send([['sadd', key, id]]);
        return reply === 1 ? { outcome: 'acked' } : classify(reply);
      } catch (error) {
        return classify(error);
      }
    },
    isDead: () => client.isDead?.() ?? false,
    close: () => client.close(),
  };
}

function classify(reply: unknown): Answer {
  const text = messageOf(reply);
  if (refusals.test(text)) return { outcome: 'failed', why: text, readOnly: /^READONLY/.test(text) };
  // ioredis' own words for a command that it did not send, because there is no connection any more.
  if (/^Stream isn't writeable/.test(text)) return { outcome: 'failed', why: `not sent: ${text}`, readOnly: false };
  return { outcome: 'indeterminate', why: text };
}
