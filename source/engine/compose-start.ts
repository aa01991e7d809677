import { setTimeout as sleep } from 'node:timers/promises';
import { type Compose, composeStep, requireSuccess } from './compose.ts';

const mostTries = 5;
const againMs = 1_000;

/**
 * Has Compose start containers. What was there a moment ago may be in the way for another: the address of one that was just
 * killed, or what Compose still makes for a process that was. That is tried again. @throws StackError `rejected`
 */
export async function startContainers(
  compose: Compose,
  argv: readonly string[],
  {
    project,
    deadlineMs = 300_000,
    signal,
    onDetail = () => {},
  }: {
    readonly project: string;
    /** For each try. */
    readonly deadlineMs?: number;
    readonly signal?: AbortSignal | undefined;
    readonly onDetail?: ((text: string) => void) | undefined;
  },
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const result = await compose(argv, {
      signal,
      timeoutMs: deadlineMs,
      onLine: (line) => onDetail(composeStep(line, project) ?? ''),
    });
    if (result.exitCode === 0) return;
    if (tries === mostTries || !/conflict|already in use|is not running|no such container/i.test(result.stderr)) {
      requireSuccess(result, 'starting the containers');
    }
    await sleep(againMs, undefined, signal === undefined ? {} : { signal });
  }
}
