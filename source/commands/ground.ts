import { type Drilling, openDrilling } from '../drills/drilling.ts';
import type { Seen, Watch } from '../drills/types.ts';
import { connectEngine } from '../engine/connect.ts';
import { ensureNettools } from '../engine/nettools.ts';
import { survey } from '../engine/survey.ts';
import type { Monitor } from '../monitor/types.ts';

export type GroundOptions = {
  /** `--host`; null: the usual search. */
  readonly host: string | null;
  readonly env: NodeJS.ProcessEnv;
  readonly project: string;
  /** Asks faster than the screen's own. */
  readonly openWatch: () => Promise<Watch>;
  /** This program, as it is started. */
  readonly program: readonly string[];
};

/** What drills stand on, connected anew: the engine, and everything that can be done on it. */
export async function openGround(options: GroundOptions): Promise<{ drilling: Drilling; close: () => void }> {
  const { host, env, project, openWatch, program } = options;
  const engine = await connectEngine({ host, env });
  const drilling = openDrilling({
    ground: {
      engine,
      openWatch,
      project,
      host,
      env,
      survey: async () => (await survey(engine, await engine.list(), { project })).access,
    },
    deadManArgv: [...program, 'heal', '--dead-man'],
    ensureNettools: (onStep) => ensureNettools({ address: engine.address, host, env, project, onStep }),
  });
  return {
    drilling,
    close: () => engine.close(),
  };
}

/** A monitor as drills see the stack: started at once, stopped with the drill. */
export function watchOf(monitor: Monitor): Watch {
  const { store } = monitor;
  monitor.start();
  const latest = (): Seen | null => store.get();

  return {
    latest,
    refresh: () => monitor.refresh(),
    stop: () => monitor.stop(),
    until(fulfilled, deadlineMs, signal) {
      return new Promise((resolve, reject) => {
        const settle = (finish: () => void): void => {
          clearTimeout(timer);
          unsubscribe();
          signal?.removeEventListener('abort', aborted);
          finish();
        };
        const look = (): void => {
          const seen = latest();
          if (seen !== null && fulfilled(seen)) settle(() => resolve(seen));
        };
        const aborted = () => settle(() => reject(signal?.reason));
        const timer = setTimeout(() => settle(() => resolve(null)), deadlineMs);
        const unsubscribe = store.subscribe(look);
        if (signal?.aborted) return aborted();
        signal?.addEventListener('abort', aborted, { once: true });
        look();
      });
    },
  };
}
