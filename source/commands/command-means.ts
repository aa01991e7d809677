import type { Watch } from '../drills/types.ts';
import type { Flags } from './flags.ts';
import type { Output } from './progress.ts';
import type { TextOptions } from './text-table.ts';

/** What a command is given that changes or examines the stack. */
export type CommandMeans = {
  readonly flags: Flags;
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** This program, as it is started. */
  readonly program: readonly string[];
  /** A monitor that asks twice as often as the screen's, started; on this project, else on the one that flags name. */
  readonly openWatch: (project?: string) => Promise<Watch>;
  readonly stdout: TextOptions & { readonly write: (text: string) => Promise<void> };
  readonly stderr: Output;
  /** Whether stderr takes colours. */
  readonly color: boolean;
  /** Aborts when who started it wants it to end; throws `usage` where nothing may be changed. */
  readonly interrupted: () => AbortSignal;
};
