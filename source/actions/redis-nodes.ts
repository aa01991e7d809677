import type { Access } from '../engine/types.ts';
import { fieldsOf, numberOrNull, textOf } from '../probes/fields.ts';
import { parseRedisInfo } from '../probes/redis.ts';
import { openRedisSession, type RedisSession } from '../probes/redis-session.ts';
import { fieldsOfReply } from '../probes/sentinel.ts';
import type { RedisClaim } from '../stack/claims.ts';
import { StackError } from '../stack/errors.ts';
import { memberAt } from '../stack/members.ts';
import type { Member } from '../stack/topology.ts';

const deadlineMs = 1_000;

/** One Redis or Sentinel, with the way to talk to it. */
export type Node = { readonly member: Member; readonly access: Access; readonly session: RedisSession };
export type Address = { readonly ip: string; readonly port: string };
export type Nodes = { readonly redis: readonly Node[]; readonly sentinels: readonly Node[]; close(): void };

/** Every Redis and every Sentinel, not connected yet. */
export function openNodes(access: readonly Access[]): Nodes {
  const of = (system: 'redis' | 'sentinel'): readonly Node[] =>
    access
      .filter(({ member }) => member.system === system)
      .map((way) => ({ member: way.member, access: way, session: openRedisSession(way, deadlineMs) }));
  const redis = of('redis');
  const sentinels = of('sentinel');
  return {
    redis,
    sentinels,
    close() {
      for (const { session } of [...redis, ...sentinels]) session.close();
    },
  };
}

/** Whoever of Redis does not answer keeps what it has: it is neither asked for its priority nor given another. */
export async function withoutSilentRedis(access: readonly Access[]): Promise<readonly Access[]> {
  const nodes = openNodes(access);
  try {
    const answers = await Promise.all(
      nodes.redis.map((node) =>
        replicationOf(node).then(
          () => [],
          () => [node.access],
        ),
      ),
    );
    const silent = answers.flat();
    return access.filter((way) => !silent.includes(way));
  } finally {
    nodes.close();
  }
}

/** Its role and offset now. @throws StackError */
export async function replicationOf({ member, session }: Node): Promise<RedisClaim> {
  const [info] = await session.ask(['info', 'replication']);
  return parseRedisInfo(textOf(info), member.name);
}

/** @throws StackError */
export async function priorityOf({ session }: Node): Promise<number> {
  const [reply] = await session.ask(['config', 'get', 'replica-priority']);
  const priority = numberOrNull(fieldsOf(fieldsOfReply(reply))['replica-priority']);
  if (priority === null) throw new StackError('rejected', `${session.subject} does not tell its replica-priority`);
  return priority;
}

/**
 * Sets it, and has it written where the node keeps a configuration: a Sentinel has had the other value written when it
 * changed the node's role. @throws StackError
 */
export async function setPriority({ session }: Node, priority: number): Promise<void> {
  await session.ask(['config', 'set', 'replica-priority', String(priority)]);
  await rewrite(session);
}

/** Refused by a node that was started without a file, which then has nothing to forget. @throws StackError */
async function rewrite(session: RedisSession): Promise<void> {
  await session.ask(['config', 'rewrite']).catch((error: unknown) => {
    if (!(error instanceof StackError) || error.kind !== 'rejected') throw error;
  });
}

/** Demotes it, for good. Clients that wait are not answered before it is unpaused. @throws StackError */
export async function follow({ session }: Node, master: Address): Promise<void> {
  await session.ask(['replicaof', master.ip, master.port]);
  await rewrite(session);
}

/** A Sentinel's replica, as it sees it. */
type SeenReplica = Address & { readonly priority: number };

/** @throws StackError */
export async function replicasSeen({ session }: Node, masterName: string): Promise<readonly SeenReplica[]> {
  const [replies] = await session.ask(['sentinel', 'replicas', masterName]);
  return (Array.isArray(replies) ? replies : []).map((reply) => {
    const fields = fieldsOfReply(reply);
    return {
      ip: textOf(fields.ip),
      port: textOf(fields.port),
      priority: numberOrNull(fields['slave-priority']) ?? 100,
    };
  });
}

/** Address of the master by that Sentinel; the promoted replica's from its promotion on. @throws StackError */
export async function masterSeen({ session }: Node, masterName: string): Promise<Address> {
  const [reply] = await session.ask(['sentinel', 'get-master-addr-by-name', masterName]);
  const [ip, port] = Array.isArray(reply) ? reply.map(String) : [];
  if (ip === undefined || port === undefined)
    throw new StackError('rejected', `${session.subject} knows no ${masterName}`);
  return { ip, port };
}

/** Whether that Sentinel leads a failover just now. @throws StackError */
export async function failsOver({ session }: Node, masterName: string): Promise<boolean> {
  const [reply] = await session.ask(['sentinel', 'master', masterName]);
  return textOf(fieldsOfReply(reply).flags).split(',').includes('failover_in_progress');
}

/** The node at an address that a Sentinel gave. */
export function nodeAt(nodes: readonly Node[], { ip, port }: Address): Node | null {
  const member = memberAt(
    nodes.map((node) => node.member),
    `${ip.includes(':') ? `[${ip}]` : ip}:${port}`,
  );
  return nodes.find((node) => node.member === member) ?? null;
}
