import { createActions } from '../../source/actions/actions.ts';
import { catalogue } from '../../source/actions/catalogue.ts';
import type { Action, ActionProgress, Actions, Preview, Seen, Target } from '../../source/actions/types.ts';
import { withMeans } from './stack-means.ts';

/** Actions on the real stack, as the screen has them. */
export type Acting = {
  /** What the timeline was told. */
  readonly told: readonly string[];
  readonly seen: () => Seen;
  /** Resolves when it is seen so. */
  readonly until: (fulfilled: (seen: Seen) => boolean, what: string) => Promise<Seen>;
  /** As a person would who takes the first choice, or the one named. Resolves with how it ended. */
  readonly act: (id: string, how?: How) => Promise<Acted>;
};
type How = { readonly on?: string; readonly input?: string; readonly choice?: string };
type Acted = { readonly preview: Preview; readonly progress: ActionProgress; readonly ms: number };

export async function withActions<T>(use: (acting: Acting) => Promise<T>): Promise<T> {
  return withMeans((means) => {
    const told: string[] = [];
    const actions = createActions({
      table: () => catalogue,
      now: Date.now,
      tell: (text) => told.push(text),
      obstacle: async () => null,
      more: async () => [],
      open: async () => ({ means, close: async () => {} }),
    });
    const seen = (): Seen => {
      const now = means.seen();
      if (now === null) throw new Error('nothing is seen');
      return now;
    };
    return use({
      told,
      seen,
      until: (fulfilled, what) => means.until(fulfilled, { deadlineMs: 60_000, what }),
      async act(id, { on, input = '', choice } = {}) {
        const action = actions.list().find((one) => one.id === id);
        if (action === undefined) throw new Error(`no action is called ${id}`);
        const targets = [targetOf(action, on ?? null, seen())];
        const preview = await actions.preview(action, targets, input, seen());
        const startedAt = performance.now();
        actions.start(action, { targets, input, choice: choice ?? preview.choices[0]?.id ?? '', preview });
        return { preview, progress: await ended(actions), ms: Math.round(performance.now() - startedAt) };
      },
    });
  });
}

function targetOf({ scope, system }: Action, on: string | null, { snapshot }: Seen): Target {
  if (on === null) return { name: system ?? snapshot.stack, system, member: null, container: null };
  const container = snapshot.containers.find(({ service }) => service === on)?.name ?? null;
  return { name: on, system, member: scope === 'member' ? on : null, container };
}

function ended({ progress }: Actions): Promise<ActionProgress> {
  return new Promise((resolve) => {
    const look = () => {
      const now = progress.get();
      if (now === null || now.endedAt === null) return;
      unsubscribe();
      resolve(now);
    };
    const unsubscribe = progress.subscribe(look);
    look();
  });
}
