import type { Access } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import { type Move, movesFor } from './leave-moves.ts';
import { patroniSettleFor, settlePatroni } from './patroni-settle.ts';
import { switchOverPatroni } from './patroni-switchover.ts';
import { awaitSync, setSyncNodeCount } from './patroni-sync.ts';
import { openNodes, replicationOf } from './redis-nodes.ts';
import { redisSwitchoverUndo, settleRedis } from './redis-settle.ts';
import { switchOverRedis } from './redis-switchover.ts';
import type { ActionMeans, ActionUndo } from './types.ts';

export type Leaving = {
  readonly means: ActionMeans;
  /** Services. */
  readonly staying: ReadonlySet<string>;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
};

export type MoveStep = 'patroni-sync' | 'patroni-switchover' | 'redis-switchover';

/** How long those that stay may take until they could take over. */
const readyDeadlineMs = 60_000;
const takenDeadlineMs = 45_000;

/**
 * Has Patroni's leader and Redis' master hand over to members that stay, so that those that leave hold nothing. Nobody
 * has to: nothing is done. What is changed for a while stands in the journal before, and is put back whatever fails. Redis'
 * wait for a Sentinel goes on beside Patroni's steps. @throws StackError; the signal's reason when aborted
 */
export async function moveLeadership({
  onStep = () => {},
  ...leaving
}: Leaving & { readonly onStep?: (step: MoveStep) => void }): Promise<readonly Move[]> {
  const { means, staying, signal } = leaving;
  const seen = await means.until((now) => movesFor(now, staying).moves.every(({ ready }) => ready), {
    deadlineMs: readyDeadlineMs,
    what: 'those that stay can take over',
    signal,
  });
  const { moves, missing } = movesFor(seen, staying);
  if (missing[0] !== undefined) throw new StackError('precondition', missing[0]);
  if (moves.length === 0) return [];
  const patroni = moves.find(({ system }) => system === 'patroni');
  const redis = moves.find(({ system }) => system === 'redis');
  const access = await reachable(await means.access());
  const undo: readonly ActionUndo[] = [
    ...(redis === undefined ? [] : [await redisSwitchoverUndo(access)]),
    ...(patroni?.sync != null ? [await patroniSettleFor(access)] : []),
  ];
  signal.throwIfAborted();
  const release = await means.keep('leadership moves to those that stay', undo);
  try {
    await moveBoth({ ...leaving, onStep, access, patroni, redis });
  } finally {
    // Where it can't be put back now, it stays in the journal.
    await putBack(undo, access, leaving.say);
    await release();
  }
  return moves;
}

type Moving = Leaving & {
  readonly onStep: (step: MoveStep) => void;
  readonly access: readonly Access[];
  readonly patroni: Move | undefined;
  readonly redis: Move | undefined;
};

/** Whoever of Redis does not answer keeps what it has: it is neither asked for its priority nor given another. */
async function reachable(access: readonly Access[]): Promise<readonly Access[]> {
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

async function moveBoth(moving: Moving): Promise<void> {
  const { access, redis, say, signal, onStep } = moving;
  const turn = Promise.withResolvers<void>();
  turn.promise.catch(() => {}); // told by what rejects it
  const redisMoves =
    redis === undefined
      ? Promise.resolve()
      : switchOverRedis({
          access,
          candidate: redis.to,
          signal,
          before: () => turn.promise,
          onStep: ({ text }) => say(text),
        });
  redisMoves.catch(() => {}); // awaited below
  try {
    await movePatroni(moving);
    signal.throwIfAborted();
    if (redis !== undefined) onStep('redis-switchover');
    turn.resolve();
  } catch (error) {
    turn.reject(error);
    await redisMoves.catch(() => {}); // it has put its priorities back by then
    throw error;
  }
  await redisMoves;
}

async function movePatroni({ means, access, patroni, say, signal, onStep }: Moving): Promise<void> {
  if (patroni === undefined) return;
  const { from, to, sync } = patroni;
  if (sync !== null) {
    onStep('patroni-sync');
    await setSyncNodeCount(access, from, sync);
    await awaitSync(access, { leader: from, candidate: to }, signal);
    say(`commits wait for ${to} too, for now`);
  }
  signal.throwIfAborted();
  onStep('patroni-switchover');
  await switchOverPatroni({ access, leader: from, candidate: to });
  const follows = (rows: readonly { readonly name: string; readonly state: string | null }[]) =>
    rows.find(({ name }) => name === from)?.state === 'streaming';
  await means.until(
    ({ report: { patroni: now } }) => now?.leader === to && now.writable === true && follows(now.members),
    { deadlineMs: takenDeadlineMs, what: `${to} leads and ${from} follows it`, signal },
  );
  say(`${to} leads instead of ${from}, which follows it`);
}

async function putBack(
  undo: readonly ActionUndo[],
  access: readonly Access[],
  say: (text: string) => void,
): Promise<void> {
  for (const one of undo) {
    const done = one.op === 'patroni-settle' ? await settlePatroni(one, access) : await settleRedis(one, access);
    if (done !== null) say(done);
  }
}
