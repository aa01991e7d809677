import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ProblemKind, StackError } from '../stack/errors.ts';
import { lastLines, type Run } from './run.ts';
import type { Action } from './setup-plan.ts';

export type ActOptions = {
  readonly run: Run;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
};

/** Does one thing to this machine. Throws `kind` with the last lines of what failed, unless that was only preparing. */
export async function act({ run, say, signal }: ActOptions, action: Action, kind: ProblemKind): Promise<void> {
  if ('write' in action) {
    say(`writing ${action.write}`);
    await mkdir(dirname(action.write), { recursive: true });
    await writeFile(action.write, action.text, { mode: 0o644 });
    return;
  }
  const result = await run(action.run, { signal, env: { ...action.env } });
  if (result.exitCode === 0) return;
  const failed = `\`${action.run.join(' ')}\` failed`;
  if (!action.preparing) throw new StackError(kind, `${failed}:\n${lastLines(result, 10)}`);
  say(`${failed} (${lastLines(result, 1)}); going on`);
}
