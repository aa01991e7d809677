import { expect, test } from 'vitest';
import type { Compose } from '../../source/engine/compose.ts';
import { startContainers } from '../../source/engine/compose-start.ts';

/** Compose that answers with these errors, one after the other, and then does it. */
function composeWith(...errors: string[]) {
  const asked: string[] = [];
  const compose: Compose = async (argv) => {
    asked.push(argv.join(' '));
    const stderr = errors.shift();
    return stderr === undefined
      ? { exitCode: 0, stdout: '', stderr: '' }
      : { exitCode: 1, stdout: '', stderr: `Error response from daemon: ${stderr}` };
  };
  return { asked, compose };
}

test('what was just killed may still hold an address: then it is tried again', async () => {
  const { asked, compose } = composeWith('Address already in use');
  await startContainers(compose, ['up'], { project: 'paws' });
  expect(asked).toEqual(['up', 'up']);
});

test('what another try would not change is told at once', async () => {
  const { asked, compose } = composeWith('no such image');
  await expect(startContainers(compose, ['up'], { project: 'paws' })).rejects.toMatchObject({
    kind: 'rejected',
    message: expect.stringContaining('no such image'),
  });
  expect(asked).toEqual(['up']);
});

test('waiting for another try ends when it is interrupted', async () => {
  const interrupted = new AbortController();
  const { compose } = composeWith('Conflict. The container name is in use');
  const starting = startContainers(compose, ['up'], { project: 'paws', signal: interrupted.signal });
  setImmediate(() => interrupted.abort());
  await expect(starting).rejects.toMatchObject({ name: 'AbortError' });
});
