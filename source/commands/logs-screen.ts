import { createLogs } from '../logs/logs.ts';
import type { Logs } from '../logs/types.ts';
import type { Flags } from './flags.ts';

/** Logs for the screen; nothing is connected before they are first looked at. */
export function screenLogs({ host, project, logLines, logBytes }: Flags, env: NodeJS.ProcessEnv): Logs {
  return createLogs({
    connect: async () => (await import('../engine/connect.ts')).connectEngine({ host: host ?? null, env }),
    project: project ?? null,
    bounds: { lines: logLines, bytes: logBytes },
    now: Date.now,
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  });
}
