import type { Access } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import { mostNamed } from '../stack/members.ts';
import {
  type Address,
  follow,
  masterSeen,
  type Node,
  type Nodes,
  nodeAt,
  openNodes,
  priorityOf,
  replicasSeen,
  replicationOf,
} from './redis-nodes.ts';
import { mastersAmong, putBack, readPriorities } from './redis-settle.ts';
import { onlyMaster } from './sentinel-failover.ts';
import { until } from './until.ts';

/** A Sentinel asks a replica for its INFO every 10 s (redis src/sentinel.c, sentinel_info_period). */
const seenDeadlineMs = 15_000;
const caughtUpDeadlineMs = 1_500;
const promotedDeadlineMs = 4_000;
const agreedDeadlineMs = 20_000;
/** Ends by itself when we die; longer than what happens meanwhile may take. */
const pauseMs = 8_000;

export type RedisSwitchover = {
  readonly access: readonly Access[];
  /** As the Sentinels call it; left out: the only one that they watch. */
  readonly masterName?: string | null;
  /** The replica to promote; null: the one that has most. */
  readonly candidate: string | null;
  /** Waited for once a Sentinel prefers the candidate, before writes wait; where it rejects, nothing happens. */
  readonly before?: () => Promise<void>;
  /** Aborted before writes wait: nothing happens. */
  readonly signal?: AbortSignal;
  /** `at`: monotonic ms. */
  readonly onStep?: (step: { readonly at: number; readonly text: string }) => void;
};

/** `at`: when writes began to wait, epoch ms; before that, nobody could notice anything. */
export type RedisSwitched = { readonly at: number; readonly text: string };

/**
 * The planned switchover of a Redis behind Sentinels: writes wait at the old master until the new one has everything and
 * the old one follows it, so that there is one master throughout. A write that waited is then refused with READONLY.
 * Whatever fails, priorities are put back and writes wait no longer.
 *
 * Neither has it: SENTINEL FAILOVER leaves the old master writable for about 10 s, and Redis' own FAILOVER TO is fought by
 * the Sentinels. @throws StackError
 */
export async function switchOverRedis({
  access,
  masterName,
  candidate,
  before: turn,
  signal,
  onStep,
}: RedisSwitchover): Promise<RedisSwitched> {
  const say = (text: string) => onStep?.({ at: performance.now(), text });
  const nodes = openNodes(access);
  try {
    const plan = await planFor(nodes, masterName ?? null, candidate);
    const before = await readPriorities(nodes.redis);
    const tidy = async (): Promise<void> => {
      for (const text of await putBack(nodes.redis, before)) say(text);
    };
    try {
      const sentinel = await prefer(nodes, plan, say, signal);
      await turn?.();
      signal?.throwIfAborted();
      const at = await change(plan, sentinel, say);
      await agree(nodes, plan, say);
      await tidy();
      return { at, text: `${plan.target.member.name} is master instead of ${plan.master.member.name}` };
    } catch (error) {
      await tidy().catch(() => say('not every replica-priority could be put back'));
      throw error;
    }
  } finally {
    nodes.close();
  }
}

type Say = (text: string) => void;
type Plan = {
  readonly masterName: string;
  readonly master: Node;
  readonly target: Node;
  readonly others: readonly Node[];
};

/** Who is master, and who is to be. @throws StackError `rejected` while that is not clear */
async function planFor({ redis, sentinels }: Nodes, named: string | null, candidate: string | null): Promise<Plan> {
  const [master, ...more] = await mastersAmong(redis);
  if (master === undefined) throw new StackError('rejected', 'no Redis that answers is a master');
  if (more.length > 0) {
    const names = [master, ...more].map(({ member }) => member.name).join(' and ');
    throw new StackError('rejected', `${names} are masters at once; the Sentinels settle that first`);
  }
  const replicas = redis.filter((node) => node !== master && (candidate === null || node.member.name === candidate));
  const claims = await Promise.all(
    replicas.map(async (node) => ({ node, claim: await replicationOf(node).catch(() => null) })),
  );
  const linked = claims.flatMap(({ node, claim }) => (claim?.link === 'up' ? [{ node, offset: claim.offset }] : []));
  const target = linked.sort((a, b) => b.offset - a.offset)[0]?.node;
  if (target === undefined)
    throw new StackError('rejected', `${candidate ?? 'no replica'} does not follow ${master.member.name}`);
  const masterName = named ?? (await nameOf(sentinels));
  return { masterName, master, target, others: redis.filter((node) => node !== master && node !== target) };
}

async function nameOf(sentinels: readonly Node[]): Promise<string> {
  const names = await Promise.all(sentinels.map(({ session }) => onlyMaster(session).catch(() => null)));
  const name = mostNamed(names)?.value;
  if (name === undefined) throw new StackError('unreachable', 'no Sentinel answers');
  return name;
}

/**
 * Has the Sentinels prefer the target, and resolves with one that does. It needs only be one: the Sentinel that is asked
 * to fail over selects, and asks nobody.
 */
async function prefer(
  { redis, sentinels }: Nodes,
  plan: Plan,
  say: Say,
  signal: AbortSignal | undefined,
): Promise<Node> {
  const { masterName, master, target, others } = plan;
  const willing = async (node: Node): Promise<Node | null> => {
    if (nodeAt(redis, await masterSeen(node, masterName)) !== master) return null;
    const seen = (await replicasSeen(node, masterName)).map((replica) => ({
      ...replica,
      node: nodeAt(redis, replica),
    }));
    const wanted = seen.find((replica) => replica.node === target);
    // Zero is never promoted, however low.
    const rivals = seen.filter((replica) => replica.node !== target && replica.priority > 0);
    if (wanted === undefined || wanted.priority === 0) return null;
    return rivals.every(({ priority }) => priority > wanted.priority) ? node : null;
  };
  const anyWilling = async (): Promise<Node | null> => {
    signal?.throwIfAborted();
    const found = await Promise.all(sentinels.map((node) => willing(node).catch(() => null)));
    return found.find((node) => node !== null) ?? null;
  };
  // A Sentinel may still tell what is no longer so: one that was about to forget it would choose another meanwhile.
  const ready = (await isPreferred(plan)) ? await anyWilling() : null;
  if (ready !== null) return ready;

  await target.session.ask(['config', 'set', 'replica-priority', '1']);
  for (const node of others)
    await node.session.ask(['config', 'set', 'replica-priority', '100']).catch(() => undefined);
  say(`replica-priority of ${target.member.name} is 1 for now; a Sentinel looks every 10 s`);
  const what = `a Sentinel that prefers ${target.member.name}`;
  const sentinel = await until(anyWilling, { everyMs: 200, deadlineMs: seenDeadlineMs, what });
  say(`${sentinel.member.name} prefers ${target.member.name}`);
  return sentinel;
}

/** By what the nodes themselves are set to; who does not answer can't be promoted either. */
async function isPreferred({ target, others }: Plan): Promise<boolean> {
  const wanted = await priorityOf(target);
  const rivals = await Promise.all(others.map((node) => priorityOf(node).catch(() => 0)));
  return wanted > 0 && rivals.every((priority) => priority === 0 || priority > wanted);
}

/**
 * From the pause of writes to their end, at the new master. Resolves with when it began, epoch ms.
 *
 * The old master follows as soon as the new one says that it is master, some 0.7 s before the Sentinel has noticed: a
 * second one that calls itself master is then never seen for longer than that takes, and writes wait less. Should the
 * Sentinel die in between, the others find a master that is a replica, and make good the failover that it began.
 */
async function change(plan: Plan, sentinel: Node, say: Say): Promise<number> {
  const { masterName, master, target } = plan;
  const address = await addressOf(plan, sentinel);
  let asked = false;
  try {
    const at = Date.now();
    await master.session.ask(['client', 'pause', String(pauseMs), 'write']);
    say(`${master.member.name} lets writes wait`);
    // What was acknowledged lies before this; later there are only pings.
    const { offset } = await replicationOf(master);
    const has = async () => ((await replicationOf(target)).offset >= offset ? true : null);
    await until(has, { everyMs: 10, deadlineMs: caughtUpDeadlineMs, what: `${target.member.name} has everything` });
    say(`${target.member.name} has everything, up to offset ${offset}`);
    asked = true;
    await sentinel.session.ask(['sentinel', 'failover', masterName]);
    const leads = async () => ((await replicationOf(target)).role === 'master' ? true : null);
    await until(leads, { everyMs: 10, deadlineMs: promotedDeadlineMs, what: `${target.member.name} is promoted` });
    say(`${target.member.name} is promoted`);
    await follow(master, address);
    say(`${master.member.name} follows ${target.member.name}, and refuses the writes that waited`);
    await release(master);
    return at;
  } catch (error) {
    // Whoever was promoted after all has taken writes: then the old one may only go on as its replica.
    if (asked && (await roleOf(target)) === 'master') await follow(master, address).catch(() => undefined);
    await master.session.ask(['client', 'unpause']).catch(() => undefined); // ends by itself otherwise
    say(`${master.member.name} lets no write wait any more`);
    throw error;
  }
}

/** The target as the Sentinel calls it, which is what others will be told to follow. */
async function addressOf({ masterName, target }: Plan, sentinel: Node): Promise<Address> {
  const seen = await replicasSeen(sentinel, masterName);
  const found = seen.find((replica) => nodeAt([target], replica) !== null);
  if (found === undefined)
    throw new StackError('rejected', `${sentinel.member.name} does not know ${target.member.name}`);
  return found;
}

const roleOf = async (node: Node): Promise<string | null> =>
  (await replicationOf(node).catch(() => null))?.role ?? null;

/**
 * Answers the writes that waited, and then ends clients' connections, as a Sentinel does with each node whose role it
 * changes: so that clients look for the master anew. In this order, since a write whose connection ends may have happened.
 */
async function release({ session }: Node): Promise<void> {
  await session.ask(['client', 'unpause']);
  await session.ask(['client', 'kill', 'type', 'normal', 'skipme', 'yes']);
}

/** Every Sentinel that answers names the new master, and both others follow it. */
async function agree(
  { redis, sentinels }: Nodes,
  { masterName, target, master, others }: Plan,
  say: Say,
): Promise<void> {
  const agreed = async (): Promise<true | null> => {
    const named = await Promise.all(sentinels.map((node) => masterSeen(node, masterName).catch(() => null)));
    if (!named.every((address) => address === null || nodeAt(redis, address) === target)) return null;
    const claims = await Promise.all([master, ...others].map((node) => replicationOf(node).catch(() => null)));
    return claims.every((claim) => claim === null || claim.link === 'up') ? true : null;
  };
  const what = `all follow ${target.member.name}`;
  await until(agreed, { everyMs: 100, deadlineMs: agreedDeadlineMs, what });
  say(`the Sentinels agree on ${target.member.name}, and the others follow it`);
}
