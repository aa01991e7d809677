import { moveLeadership } from '../actions/leave-leadership.ts';
import { movesFor } from '../actions/leave-moves.ts';
import { runProfile } from '../actions/profile-run.ts';
import type { ActionMeans } from '../actions/types.ts';
import { StackError } from '../stack/errors.ts';
import { readyPlan } from './profile-ready.ts';
import type { Progress } from './progress.ts';

/** Connects what changing a stack takes, for a project. */
export type OpenMeans = (project: string) => Promise<{ readonly means: ActionMeans; readonly close: () => unknown }>;

export type Mover = {
  /** Leadership goes to members of these services, if they can take over at once. How many moved. @throws StackError */
  move(project: string, staying: ReadonlySet<string>): Promise<number>;
  /** The change to this profile, as soon as those that stay can take over. @throws StackError: why it can't be */
  change(project: string, profile: string): Promise<void>;
  /** Resolves when what was changed for a while is put back, also after the work was left behind; 15 s at most. */
  settled(): Promise<void>;
};

/** A healthy stack is known after two looks; a sick one keeps nobody from stopping it. */
const lookMs = 5_000;
/** Two leases, and what the Sentinels wait for a master that has just been started. */
const patienceMs = 60_000;
const settleMs = 15_000;

/** Moves leaders for a command that may be interrupted at any time. */
export function createMover({
  openMeans,
  progress,
  signal = new AbortController().signal,
}: {
  readonly openMeans: OpenMeans;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}): Mover {
  let under: Promise<unknown> = Promise.resolve();

  /** What is begun here ends as it should, whoever still waits for it. */
  function withMeans<T>(project: string, use: (means: ActionMeans) => Promise<T>): Promise<T> {
    const work = async () => {
      const { means, close } = await openMeans(project);
      try {
        return await use(means);
      } finally {
        await close();
      }
    };
    const working = work();
    under = working.catch(() => {}); // told to who waits for it
    return working;
  }

  return {
    move: (project, staying) =>
      withMeans(project, async (means) => {
        const why = () => {
          const seen = means.seen();
          if (seen === null) return 'nothing is seen of it';
          const { moves, missing } = movesFor(seen, staying);
          const late = moves.find(({ ready }) => !ready);
          return missing[0] ?? (late === undefined ? null : `${late.to} can't take over from ${late.from} yet`);
        };
        progress.detail('looking who leads');
        await means
          .until(() => why() === null, { deadlineMs: lookMs, what: 'a look', signal })
          .catch((error: unknown) => {
            if (!(error instanceof StackError) || error.kind !== 'timeout') throw error;
            throw new StackError('precondition', why() ?? error.message, { cause: error });
          });
        return (await moveLeadership({ means, staying, say: progress.note, signal })).length;
      }),
    change: (project, profile) =>
      withMeans(project, async (means) => {
        progress.detail('looking who leads');
        const plan = await readyPlan(means, profile, { patienceMs, signal, say: progress.note });
        signal.throwIfAborted();
        if (plan.missing.length > 0) throw new StackError('precondition', plan.missing.join('\n'));
        await runProfile({
          means,
          plan,
          signal,
          say: progress.note,
          onStep: ({ text }) => progress.detail(text),
          onDetail: progress.detail,
        });
      }),
    async settled() {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, settleMs);
      await Promise.race([under, late]);
      clearTimeout(timer);
    },
  };
}
