import { StackError } from '../stack/errors.ts';
import { type Expression, troubles, verdict } from './finder-jobs.ts';
import { parsePattern } from './finder-pattern.ts';
import { createThread } from './finder-thread.ts';

/** Code units sent at once, about: the thread has little memory. */
const batchLength = 1_000_000;

/** An expression that is tested in another thread, so that none can hang the process. */
export type Matcher = {
  /** Which texts match, colours left out. Asked again while it works, it answers in turn. */
  test(texts: readonly string[]): Promise<readonly boolean[]>;
  close(): void;
};

/**
 * For what is not in a buffer. A pattern all in lower case matches any case, as in the search on the screen. Throws a
 * StackError `usage` when it is no expression; `test` rejects with one of `timeout` when a line takes more than a second,
 * `rejected` when the expression cannot be used, `closed` after `close`.
 */
export function createMatcher(pattern: string): Matcher {
  const expression = parsePattern(pattern);
  if ('trouble' in expression) throw new StackError('usage', expression.trouble);
  const parsed: Expression = expression;
  const thread = createThread({ keepsAlive: true });
  let last: Promise<unknown> = Promise.resolve();

  async function testAll(texts: readonly string[]): Promise<readonly boolean[]> {
    const matches: boolean[] = [];
    for (let from = 0; from < texts.length; from = matches.length) {
      let to = from + 1;
      for (let length = 0; to < texts.length && length < batchLength; to++) length += (texts[to - 1]?.length ?? 0) + 1;
      for (const matched of await ask(texts.slice(from, to))) matches.push(matched);
    }
    return matches;
  }

  async function ask(texts: readonly string[]): Promise<readonly boolean[]> {
    const begun = performance.now();
    const answer = await thread.ask(parsed, () => ({ kind: 'texts', texts }));
    if (answer.kind === 'verdicts') return Array.from(answer.verdicts, (given) => given === verdict.hit);
    const tookMs = performance.now() - begun;
    const failure = answer.kind === 'failed' ? answer.failure : 'cannot';
    if (failure === 'closed') throw new StackError('closed', 'the search was ended', { tookMs });
    throw new StackError(failure === 'slow' ? 'timeout' : 'rejected', `${pattern} ${troubles[failure]}`, { tookMs });
  }

  return {
    test(texts) {
      const answer = last.then(() => testAll(texts));
      last = answer.catch(() => {});
      return answer;
    },
    close: thread.close,
  };
}
