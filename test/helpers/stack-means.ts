import type { ActionMeans } from '../../source/actions/types.ts';
import { openActionMeans } from '../../source/commands/action-means.ts';
import { watchOf } from '../../source/commands/ground.ts';
import { connectEngine } from '../../source/engine/connect.ts';
import { survey } from '../../source/engine/survey.ts';
import { createMonitor } from '../../source/monitor/monitor.ts';
import { openProbe } from '../../source/probes/probes.ts';
import { cli } from './pty.ts';
import { project } from './stack.ts';

/** What actions stand on, over the real stack, for as long as it is used. */
export async function withMeans<T>(use: (means: ActionMeans) => Promise<T>): Promise<T> {
  const { env } = process;
  const { means, close } = await openActionMeans({
    host: null,
    env,
    project,
    composeFile: null,
    program: [process.execPath, cli],
    openWatch: async () => {
      const watch = watchOf(
        createMonitor({
          connect: () => connectEngine({ host: null, env }),
          survey: (engine, details) => survey(engine, details, { project }),
          openProbe: async (...question) => openProbe(...question),
          intervalMs: 500,
          deadlineMs: 900,
          now: Date.now,
        }),
      );
      await watch.refresh();
      return watch;
    },
  });
  try {
    return await use(means);
  } finally {
    await close();
  }
}
