import { createLogs } from '../logs/logs.ts';
import type { Logs } from '../logs/types.ts';
import { after } from './after.ts';
import type { Flags } from './flags.ts';

/** Logs of the stack that the screen shows; nothing is connected before they are first looked at. */
export function screenLogs(
  { host, logLines, logBytes }: Flags,
  env: NodeJS.ProcessEnv,
  project: () => string | null,
): Logs {
  return createLogs({
    connect: async () => (await import('../engine/connect.ts')).connectEngine({ host: host ?? null, env }),
    project,
    bounds: { lines: logLines, bytes: logBytes },
    now: Date.now,
    after,
  });
}
