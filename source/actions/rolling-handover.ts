import { StackError } from '../stack/errors.ts';
import type { System } from '../stack/topology.ts';
import { moveEtcdLeader } from './etcd-move-leader.ts';
import { switchOverPatroni } from './patroni-switchover.ts';
import { withoutSilentRedis } from './redis-nodes.ts';
import { redisSwitchoverUndo, settleRedis } from './redis-settle.ts';
import { switchOverRedis } from './redis-switchover.ts';
import { heirs, leaderOf } from './rolling-members.ts';
import type { Running } from './types.ts';

/** Patroni needs a loop or two until another replica confirms commits. */
const heirDeadlineMs = 45_000;
const takenDeadlineMs = 45_000;

/**
 * Has who leads a system hand over to the best of those that stay, and resolves when the other leads and takes writes.
 * Nobody leads: nothing to do. @throws StackError
 */
export async function handOver(
  running: Pick<Running, 'means' | 'say' | 'signal' | 'seen'>,
  system: System,
  /** null: the best; they that are named in `without` are not asked. */
  { to = null, without = [] }: { readonly to?: string | null; readonly without?: readonly string[] } = {},
): Promise<void> {
  const { means, say, signal } = running;
  const leader = leaderOf(system, means.seen() ?? running.seen);
  if (leader === null || system === 'sentinel') return;
  const candidate = to ?? (await heirOf(running, system, [...without, leader]));
  say(`${leader} hands over to ${candidate}`);
  if (system === 'patroni') {
    await switchOverPatroni({ access: await means.access(), leader, candidate });
  } else if (system === 'etcd') {
    await moveEtcdLeader({ access: await means.access(), to: candidate });
  } else {
    await moveMaster(running, candidate);
  }
  await means.until(
    (seen) => {
      const now = leaderOf(system, seen);
      return now !== null && now !== leader && (system !== 'patroni' || seen.report.patroni?.writable === true);
    },
    { deadlineMs: takenDeadlineMs, what: `${candidate} leads instead of ${leader}`, signal },
  );
  say(`${candidate} leads instead of ${leader}`);
}

/** What it changes for a while stands in the journal, and is put back whatever fails; where it can't be, it stays there. */
async function moveMaster({ means, say }: Pick<Running, 'means' | 'say'>, candidate: string): Promise<void> {
  await means.settle();
  const access = await withoutSilentRedis(await means.access());
  const undo = await redisSwitchoverUndo(access);
  const release = await means.keep(`planned switchover to ${candidate}`, [undo]);
  try {
    await switchOverRedis({ access, candidate, onStep: ({ text }) => say(text) });
  } finally {
    let left = true;
    try {
      const done = await settleRedis(undo, access);
      if (done !== null) say(done);
      left = false;
    } finally {
      await release({ left });
    }
  }
}

async function heirOf(
  { means, signal }: Pick<Running, 'means' | 'signal'>,
  system: System,
  without: readonly string[],
): Promise<string> {
  const seen = await means.until((now) => heirs(system, without, now).length > 0, {
    deadlineMs: heirDeadlineMs,
    what: 'a member that can take over',
    signal,
  });
  const [best] = heirs(system, without, seen);
  if (best === undefined) throw new StackError('precondition', 'nobody is there to take over');
  return best;
}
