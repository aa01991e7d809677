import { createActions } from '../../source/actions/actions.ts';
import { catalogue } from '../../source/actions/catalogue.ts';
import type { Action, ActionProgress, Actions, Preview, Seen, Target } from '../../source/actions/types.ts';
import { openActionMeans } from '../../source/commands/action-means.ts';
import { watchOf } from '../../source/commands/ground.ts';
import type { Watch } from '../../source/drills/types.ts';
import { connectEngine } from '../../source/engine/connect.ts';
import { survey } from '../../source/engine/survey.ts';
import { createMonitor } from '../../source/monitor/monitor.ts';
import { openProbe } from '../../source/probes/probes.ts';

const intervalMs = 500;
const { env } = process;

/** Actions on a real stack, as the screen has them, and what was told of them. */
export type Acting = {
  readonly actions: Actions;
  readonly told: readonly string[];
  readonly watch: Watch;
  /** As a person would who takes the first choice, or the one named. Resolves with how it ended. */
  do(id: string, how?: { on?: string; input?: string; choice?: string }): Promise<Acted>;
  close(): Promise<void>;
};
export type Acted = { readonly preview: Preview; readonly progress: ActionProgress; readonly ms: number };

export async function openActing(project: string): Promise<Acting> {
  const told: string[] = [];
  const watch = await openWatch(project);
  const actions = createActions({
    table: catalogue,
    now: Date.now,
    tell: (text) => told.push(text),
    obstacle: async () => null,
    more: async () => [],
    open: () =>
      openActionMeans({
        host: null,
        env,
        project,
        composeFile: null,
        // Stopped by close.
        openWatch: async () => ({ ...watch, stop: async () => {} }),
      }),
  });
  return {
    actions,
    told,
    watch,
    async do(id, { on, input = '', choice } = {}) {
      const action = actions.list().find((one) => one.id === id);
      const seen = watch.latest();
      if (action === undefined || seen === null) throw new Error(`no action is called ${id}, or nothing is seen`);
      const targets = [targetOf(action, on ?? null, seen)];
      const preview = await actions.preview(action, targets, input, seen);
      const startedAt = performance.now();
      const first = preview.choices[0]?.id ?? '';
      actions.start(action, { targets, input, choice: choice ?? first, preview });
      const progress = await ended(actions);
      return { preview, progress, ms: Math.round(performance.now() - startedAt) };
    },
    close: () => watch.stop(),
  };
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

async function openWatch(project: string): Promise<Watch> {
  const monitor = createMonitor({
    connect: () => connectEngine({ host: null, env }),
    survey: (engine, details) => survey(engine, details, { project }),
    openProbe,
    intervalMs,
    deadlineMs: 900,
    now: Date.now,
  });
  const watch = watchOf(monitor);
  await watch.refresh();
  return watch;
}
