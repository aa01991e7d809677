import type { Connections, Consoles } from '../actions/console-types.ts';
import type { Actions } from '../actions/types.ts';
import type { Doctor } from '../doctor/types.ts';
import type { Drills, JournalEntry, Watch } from '../drills/types.ts';
import type { Monitor } from '../monitor/types.ts';
import type { Flags } from './flags.ts';

export type ScreenMeansOptions = {
  readonly flags: Flags;
  readonly env: NodeJS.ProcessEnv;
  readonly program: readonly string[];
  readonly monitor: Monitor;
  /** Faults that an earlier run left behind. */
  readonly left: readonly JournalEntry[];
  readonly openWatch: (flags: Flags) => Promise<Watch>;
};

export type ScreenMeans = {
  readonly drills: Drills | null;
  readonly actions: Actions | null;
  readonly consoles: Consoles | null;
  readonly connections: Connections | null;
  readonly doctor: Doctor | null;
};

/** What the screen can do beside watching; what it takes is loaded and connected when it is first asked for. */
export async function screenMeans(options: ScreenMeansOptions): Promise<ScreenMeans> {
  const { flags } = options;
  return {
    drills: flags.readOnly ? null : await screenDrills(options),
    actions: null,
    consoles: null,
    connections: null,
    doctor: null,
  };
}

async function screenDrills({ flags, env, program, monitor, left, openWatch }: ScreenMeansOptions): Promise<Drills> {
  const { createDrills } = await import('../drills/drills.ts');
  const stack = () => monitor.store.get()?.snapshot.stack ?? '';
  return createDrills({
    left,
    perSecond: flags.rate,
    open: async () => {
      const [{ openGround }, { drillMeans }] = await Promise.all([import('./ground.ts'), import('./drill-means.ts')]);
      const own = { ...flags, project: flags.project ?? stack() };
      const opened = async () => {
        const watch = await openWatch(own);
        await watch.refresh();
        return watch;
      };
      const ground = await openGround({
        host: flags.host ?? null,
        env,
        project: own.project,
        openWatch: opened,
        program,
      });
      return drillMeans({ drilling: ground.drilling, env, project: own.project });
    },
  });
}
