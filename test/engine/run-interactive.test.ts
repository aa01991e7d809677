import { expect, test } from 'vitest';
import { createRunInteractive } from '../../source/engine/run.ts';

const run = createRunInteractive({ PATH: process.env.PATH, KEPT: 'kept' });
const sh = (script: string, signal = new AbortController().signal) =>
  run(['sh', '-c', script], { env: { ADDED: 'added' }, signal });

test('the status of a program is told, of one that a signal ended as a shell tells it', async () => {
  expect(await sh('exit 3')).toEqual({ exitCode: 3 });
  expect(await sh('kill -9 $$')).toEqual({ exitCode: 137 });
  const none = await run(['paws-top-no-such-program'], { env: {}, signal: new AbortController().signal });
  expect(none).toEqual({ exitCode: 127 });
});

test('it sees the environment that it was given and what was added, nothing else', async () => {
  process.env.NOT_FOR_CHILDREN = 'x';
  const { exitCode } = await sh('test "$KEPT$ADDED$NOT_FOR_CHILDREN" = keptadded');
  delete process.env.NOT_FOR_CHILDREN;
  expect(exitCode).toBe(0);
});

test('aborted it ends, also where it does not want to; before it began it never does', async () => {
  const abort = new AbortController();
  const stubborn = sh('trap "" TERM; while :; do sleep 0.1; done', abort.signal);
  abort.abort();
  expect([137, 143]).toContain((await stubborn).exitCode);
  expect(await sh('exit 0', AbortSignal.abort())).toEqual({ exitCode: 143 });
});
