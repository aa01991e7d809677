import type { Access } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import { mostNamed } from '../stack/members.ts';
import {
  failsOver,
  follow,
  masterSeen,
  type Node,
  type Nodes,
  nodeAt,
  openNodes,
  priorityOf,
  replicationOf,
  setPriority,
} from './redis-nodes.ts';
import { onlyMaster } from './sentinel-failover.ts';
import { until } from './until.ts';

/** What a planned switchover changes for a while: as an undo of the journal. */
export type RedisSettle = {
  readonly op: 'redis-settle';
  readonly name: string;
  readonly priorities: readonly { readonly member: string; readonly priority: number }[];
};

/** Asks every Redis for its priority. @throws StackError when one does not answer */
export async function redisSwitchoverUndo(access: readonly Access[]): Promise<RedisSettle> {
  const nodes = openNodes(access);
  try {
    return { op: 'redis-settle', name: 'replica-priority', priorities: await readPriorities(nodes.redis) };
  } finally {
    nodes.close();
  }
}

export async function readPriorities(redis: readonly Node[]): Promise<RedisSettle['priorities']> {
  return Promise.all(redis.map(async (node) => ({ member: node.member.name, priority: await priorityOf(node) })));
}

/**
 * Puts right what a planned switchover left behind that was cut short: a second master that the Sentinels have not
 * demoted yet, writes that still wait, priorities. Resolves with a sentence, null when all was right; safe to do twice.
 * @throws StackError when a member could not be asked, after the others were put right
 */
export async function settleRedis(settle: RedisSettle, access: readonly Access[]): Promise<string | null> {
  const nodes = openNodes(access);
  try {
    const known = nodes.redis.filter(({ member }) => settle.priorities.some((entry) => entry.member === member.name));
    await failoverOver(nodes);
    const demoted = await demoteSecondMasters(nodes);
    // Only now: a second master must not get the writes that wait.
    await Promise.all(known.map(({ session }) => session.ask(['client', 'unpause']).catch(() => undefined)));
    const done = [...demoted, ...(await putBack(known, settle.priorities))];
    return done.length === 0 ? null : done.join(', ');
  } finally {
    nodes.close();
  }
}

/** Sentences of what was changed. @throws StackError for the first that could not be asked, after the others */
export async function putBack(
  redis: readonly Node[],
  priorities: RedisSettle['priorities'],
): Promise<readonly string[]> {
  const put = await Promise.allSettled(
    priorities.map(async ({ member, priority }) => {
      const node = redis.find((other) => other.member.name === member);
      if (node === undefined || (await priorityOf(node)) === priority) return null; // gone, and its setting with it
      await setPriority(node, priority);
      return `replica-priority of ${member} is ${priority} again`;
    }),
  );
  const failed = put.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return put.flatMap((result) => (result.status === 'fulfilled' && result.value !== null ? [result.value] : []));
}

/** A failover that has begun is not to be stopped; what it leaves behind is known once it is over. */
async function failoverOver({ sentinels }: Nodes): Promise<void> {
  const over = async (): Promise<true | null> => {
    const busy = await Promise.all(
      sentinels.map((node) =>
        onlyMaster(node.session)
          .then((name) => failsOver(node, name))
          .catch(() => false),
      ),
    );
    return busy.includes(true) ? null : true;
  };
  // A failover that hangs ends by the Sentinels' own timeout, long after what waits here has waited long enough.
  await until(over, { everyMs: 100, deadlineMs: failoverPatienceMs, what: 'the failover is over' }).catch(
    () => undefined,
  );
}
const failoverPatienceMs = 5_000;

/** Only where most of the Sentinels name one that says so itself: they would do the same, some seconds later. */
async function demoteSecondMasters({ redis, sentinels }: Nodes): Promise<string[]> {
  const masters = await mastersAmong(redis);
  if (masters.length < 2) return [];
  const seen = await Promise.all(
    sentinels.map((node) =>
      onlyMaster(node.session)
        .then((name) => masterSeen(node, name))
        .catch(() => null),
    ),
  );
  const top = mostNamed(seen.map((address) => (address === null ? null : `${address.ip} ${address.port}`)));
  if (top === null || top.votes <= sentinels.length / 2) return [];
  const [ip = '', port = ''] = top.value.split(' ');
  const right = nodeAt(masters, { ip, port });
  if (right === null) return [];
  const wrong = masters.filter((node) => node !== right);
  for (const node of wrong) await follow(node, { ip, port });
  return wrong.map((node) => `${node.member.name} follows ${right.member.name}`);
}

/** Those that say of themselves that they are; who does not answer says nothing. */
export async function mastersAmong(redis: readonly Node[]): Promise<readonly Node[]> {
  const roles = await Promise.all(
    redis.map(async (node) => ({ node, claim: await replicationOf(node).catch(ignoreSilence) })),
  );
  return roles.filter(({ claim }) => claim?.role === 'master').map(({ node }) => node);
}

function ignoreSilence(error: unknown): null {
  if (error instanceof StackError) return null;
  throw error;
}
