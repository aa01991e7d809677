import type { Connections, Consoles } from '../actions/console-types.ts';
import type { Action, Actions } from '../actions/types.ts';
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
  const drills = flags.readOnly ? null : await screenDrills(options);
  return {
    drills,
    actions: drills === null ? null : await screenActions(options, drills),
    ...(await screenConsoles(options)),
    doctor: await screenDoctor(options),
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

async function screenActions(options: ScreenMeansOptions, drills: Drills): Promise<Actions> {
  const { createActions } = await import('../actions/actions.ts');
  const { flags, env, program, monitor, openWatch } = options;
  const project = () => flags.project ?? monitor.store.get()?.snapshot.stack ?? '';
  let table: readonly Action[] = [];
  // Behind the first data: until there are some nothing can be done to anything.
  const unsubscribe = monitor.store.subscribe(() => {
    unsubscribe();
    void import('../actions/catalogue.ts').then(({ catalogue }) => {
      table = catalogue;
    });
  });
  return createActions({
    table: () => table,
    now: Date.now,
    tell: (text, subject, level) => monitor.tell({ at: Date.now(), source: 'paws-top', subject, level, text }),
    async open() {
      const { openActionMeans } = await import('./action-means.ts');
      const own = { ...flags, project: project() };
      return openActionMeans({
        host: flags.host ?? null,
        env,
        project: own.project,
        composeFile: flags.composeFile ?? null,
        program,
        openWatch: async () => {
          const watch = await openWatch(own);
          await watch.refresh();
          return watch;
        },
      });
    },
    async more(means) {
      const { profileActions } = await import('../actions/profile-actions.ts');
      return profileActions((await means.compose()).project.file);
    },
    async obstacle(means) {
      const drill = drills.progress.get();
      if (drill !== null && drill.stage !== 'done') return `${drill.plan.drill.id} runs: wait until it has ended`;
      return (await means.unsettled())[0] ?? null;
    },
  });
}

/** Consoles change what they like; connection strings are only read, so they are there with --read-only too. */
async function screenConsoles(options: ScreenMeansOptions): Promise<Pick<ScreenMeans, 'consoles' | 'connections'>> {
  const { flags, env, monitor } = options;
  const [{ createConsoles }, { createConnections }] = await Promise.all([
    import('../actions/consoles.ts'),
    import('../actions/connections.ts'),
  ]);
  const seen = () => monitor.store.get();
  const open = once(async () => {
    const { openConsoleMeans } = await import('./console-means.ts');
    const project = () => (flags.project ?? seen()?.snapshot.stack) || null;
    return openConsoleMeans({ host: flags.host ?? null, env, project });
  });
  return {
    consoles: flags.readOnly ? null : createConsoles(open),
    connections: createConnections({
      survey: async () => (await open()).survey(),
      report: () => seen()?.report ?? null,
    }),
  };
}

/** The same for every call, until one has failed: an engine that was away may be back at the next try. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}

/** Only reads, so it is there with --read-only too. */
async function screenDoctor({ flags, env, monitor }: ScreenMeansOptions): Promise<Doctor> {
  const { createDoctor } = await import('../doctor/doctor.ts');
  return createDoctor(async () => {
    const { examine } = await import('./doctor-means.ts');
    const seen = monitor.store.get();
    return examine({ flags, env, project: (flags.project ?? seen?.snapshot.stack) || null, seen: async () => seen });
  });
}
