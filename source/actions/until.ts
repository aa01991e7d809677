import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from '../stack/errors.ts';

type Patience = { readonly everyMs: number; readonly deadlineMs: number; readonly what: string };

/**
 * Asks until the answer is not null. Silence is asked again; a refusal is not. @throws StackError `timeout`, which says
 * what was waited for, with the last silence as its cause
 */
export async function until<T>(ask: () => Promise<T | null>, { everyMs, deadlineMs, what }: Patience): Promise<T> {
  const startedAt = performance.now();
  let silence: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== null) return answer;
    } catch (error) {
      if (!(error instanceof StackError) || error.kind === 'rejected') throw error;
      silence = error;
    }
    if (performance.now() - startedAt > deadlineMs) {
      throw new StackError('timeout', `not within ${deadlineMs / 1_000} s: ${what}`, { cause: silence });
    }
    await sleep(everyMs);
  }
}
