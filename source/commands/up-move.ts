import { moveLeadership } from '../actions/leave-leadership.ts';
import { movesFor } from '../actions/leave-moves.ts';
import type { ActionMeans } from '../actions/types.ts';
import { StackError } from '../stack/errors.ts';
import type { Progress } from './progress.ts';

/** Connects what moving leaders takes, for a project. */
export type OpenMeans = (project: string) => Promise<{ readonly means: ActionMeans; readonly close: () => unknown }>;

/** `confirming`: containers of Patroni's members that commits wait for, or will in a moment. */
export type Moved = { readonly count: number; readonly confirming: ReadonlySet<string> };

export type Mover = {
  /**
   * Leadership goes to members of these services, once it can; nobody else may have it afterwards.
   * `patienceMs`: how long may pass until those that stay could take over. @throws StackError: why not
   */
  move(project: string, staying: ReadonlySet<string>, patienceMs: number): Promise<Moved>;
  /** Resolves when what was changed for a while is put back, also after the work was left behind; 15 s at most. */
  settled(): Promise<void>;
};

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

  async function work(project: string, staying: ReadonlySet<string>, patienceMs: number): Promise<Moved> {
    const { means, close } = await openMeans(project);
    try {
      const why = () => {
        const seen = means.seen();
        const { moves, missing } =
          seen === null ? { moves: [], missing: ['nothing is seen of it'] } : movesFor(seen, staying);
        const [late] = moves.filter(({ ready }) => !ready);
        return missing[0] ?? (late === undefined ? null : `${late.to} can't take over from ${late.from}`);
      };
      progress.detail('looking who leads');
      await means
        .until(() => why() === null, { deadlineMs: patienceMs, what: 'a look', signal })
        .catch((error) => {
          if (!(error instanceof StackError) || error.kind !== 'timeout') throw error;
          throw new StackError('precondition', why() ?? error.message, { cause: error });
        });
      const moved = await moveLeadership({ means, staying, say: progress.note, signal });
      const members = means.seen()?.report.patroni?.members ?? [];
      // A former leader is no standby yet; one of the others is.
      const from = moved.find(({ system }) => system === 'patroni')?.from ?? null;
      const confirms = members.filter(({ name, role }) => (from === null ? role === 'sync_standby' : name !== from));
      return { count: moved.length, confirming: new Set(confirms.flatMap(({ container }) => container ?? [])) };
    } finally {
      await close();
    }
  }

  return {
    move(project, staying, patienceMs) {
      const moving = work(project, staying, patienceMs);
      under = moving.catch(() => {}); // told to who waits for it
      return moving;
    },
    async settled() {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, settleMs);
      await Promise.race([under, late]);
      clearTimeout(timer);
    },
  };
}
const settleMs = 15_000;
