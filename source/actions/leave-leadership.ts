import type { Access } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import { type Move, type Moves, movesFor } from './leave-moves.ts';
import { patroniSettleFor, settlePatroni } from './patroni-settle.ts';
import { switchOverPatroni } from './patroni-switchover.ts';
import { awaitSync, setSyncNodeCount } from './patroni-sync.ts';
import { withoutSilentRedis } from './redis-nodes.ts';
import { redisSwitchoverUndo, settleRedis } from './redis-settle.ts';
import { switchOverRedis } from './redis-switchover.ts';
import type { ActionMeans, ActionUndo, Seen } from './types.ts';

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
const clearDeadlineMs = 10_000;
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
  const { means, signal } = leaving;
  const { moves, missing } = await movesOnceReady(leaving);
  if (missing[0] !== undefined) throw new StackError('precondition', missing[0]);
  if (moves.length === 0) return [];
  await means.settle();
  const patroni = moves.find(({ system }) => system === 'patroni');
  const redis = moves.find(({ system }) => system === 'redis');
  const access = await withoutSilentRedis(await means.access());
  const undo: readonly ActionUndo[] = [
    ...(redis === undefined ? [] : [await redisSwitchoverUndo(access)]),
    ...(patroni?.standbys != null ? [await patroniSettleFor(access)] : []),
  ];
  signal.throwIfAborted();
  const release = await means.keep('leadership moves to those that stay', undo);
  try {
    await moveBoth({ ...leaving, onStep, access, patroni, redis });
  } finally {
    let left = true;
    try {
      await putBack(undo, access, leaving.say);
      left = false;
    } finally {
      await release({ left });
    }
  }
  return moves;
}

/** As soon as it is seen who leads, and who takes over is ready to; what stands in the way may pass, for a moment. */
async function movesOnceReady({ means, staying, signal }: Leaving): Promise<Moves> {
  const look = (now: Seen): Moves => movesFor(now, staying);
  const clear = await means
    .until((now) => look(now).missing.length === 0, { deadlineMs: clearDeadlineMs, what: 'who leads is seen', signal })
    .catch((error: unknown) => {
      const last = means.seen();
      if (!(error instanceof StackError) || error.kind !== 'timeout' || last === null) throw error;
      return last;
    });
  if (look(clear).missing.length > 0) return look(clear);
  const ready = await means.until(
    (now) => look(now).missing.length === 0 && look(now).moves.every((one) => one.ready),
    {
      deadlineMs: readyDeadlineMs,
      what: 'those that stay can take over',
      signal,
    },
  );
  return look(ready);
}

type Moving = Leaving & {
  readonly onStep: (step: MoveStep) => void;
  readonly access: readonly Access[];
  readonly patroni: Move | undefined;
  readonly redis: Move | undefined;
};

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
    await formerFollows(moving);
  } catch (error) {
    turn.reject(error);
    await redisMoves.catch(() => {}); // it has put its priorities back by then
    throw error;
  }
  await redisMoves;
}

async function movePatroni(moving: Moving): Promise<void> {
  const { means, access, patroni, say, signal, onStep } = moving;
  if (patroni === undefined) return;
  const { from, to, sync, standbys } = patroni;
  if (sync) await makeSync(moving, patroni);
  const switchOver = async () => {
    signal.throwIfAborted();
    onStep('patroni-switchover');
    await switchOverPatroni({ access, leader: from, candidate: to });
  };
  await switchOver().catch(async (error: unknown) => {
    if (sync || standbys === null || !(error instanceof StackError) || !/sync_standby/.test(error.message)) throw error;
    say(`commits do not wait for ${to} any more`); // Patroni has chosen another one since it was looked at
    await makeSync(moving, patroni);
    await switchOver();
  });
  await means.until(({ report: { patroni: now } }) => now?.leader === to && now.writable === true, {
    deadlineMs: takenDeadlineMs,
    what: `${to} leads and takes writes`,
    signal,
  });
  say(`${to} leads instead of ${from}`);
}

async function makeSync({ access, say, signal, onStep }: Moving, { from, to, standbys }: Move): Promise<void> {
  onStep('patroni-sync');
  await setSyncNodeCount(access, from, standbys);
  await awaitSync(access, { leader: from, candidate: to }, signal);
  say(`commits wait for ${to} too, for now`);
}

/** It may be stopped then without leaving half of a rewound data folder behind. */
async function formerFollows({ means, patroni, say, signal }: Moving): Promise<void> {
  if (patroni === undefined) return;
  const { from, to } = patroni;
  const follows = (now: Seen['report']['patroni']) =>
    now?.members.find(({ name }) => name === from)?.state === 'streaming';
  const what = `${from} follows ${to}`;
  await means.until(({ report }) => follows(report.patroni) === true, { deadlineMs: takenDeadlineMs, what, signal });
  say(what);
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
