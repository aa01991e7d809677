import { expect, test } from 'vitest';
import { createThread } from '../../source/logs/finder-thread.ts';

const expression = { source: 'x', flags: '' };

test('a thread that runs out of memory is replaced, and the process goes on', async () => {
  const thread = createThread({ keepsAlive: true });
  try {
    const many = Array.from({ length: 60 }, (_, index) => `${index}${'a'.repeat(1_000_000)}`);
    const fresh: boolean[] = [];
    const ask = (texts: readonly string[]) =>
      thread.ask(expression, (isFresh) => {
        fresh.push(isFresh);
        return { kind: 'texts', texts };
      });
    expect(await ask(['x'])).toEqual({ kind: 'verdicts', verdicts: Uint8Array.of(2) });
    expect(await ask(many)).toEqual({ kind: 'failed', failure: 'cannot' });
    expect(await ask(['a'])).toEqual({ kind: 'verdicts', verdicts: Uint8Array.of(1) });
    expect(fresh).toEqual([true, false, true]);
  } finally {
    thread.close();
  }
});

test('what is no longer wanted is answered at the next line', async () => {
  const thread = createThread({ keepsAlive: true });
  try {
    const slow = `${'a'.repeat(18)}b`; // some ms each
    const texts = Array<string>(100_000).fill(slow);
    const used = process.cpuUsage();
    const asked = thread.ask({ source: '(a+)+$', flags: '' }, () => ({ kind: 'texts', texts }));
    while (process.cpuUsage(used).user < 200_000) await new Promise((resolve) => setTimeout(resolve, 5));
    thread.supersede();
    const begun = performance.now();
    expect(await asked).toMatchObject({ kind: 'verdicts' });
    expect(performance.now() - begun).toBeLessThan(250);
  } finally {
    thread.close();
  }
});
