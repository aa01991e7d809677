import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runCli } from '../helpers/cli.ts';
import { cli, plainEnvironment } from '../helpers/pty.ts';
import { program, project } from '../logs/follow-containers.ts';

const bash = (script: string) =>
  runCli(['-c', `set -o pipefail; paws() { "$NODE" "$CLI" logs "$@"; }; ${script}`], {
    command: 'bash',
    env: { NODE: process.execPath, CLI: cli },
    timeoutMs: 20_000,
  });

/** So many numbered lines a second, for ever. */
const counting = (perSecond: number) => `
import time
began, number = time.time(), 0
while True:
  while number < (time.time() - began) * ${perSecond}:
    print('%06d %s' % (number, 'x' * (number % 60)))
    number += 1
  time.sleep(0.005)
`;

const numbersOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => / \| \d{6} /.test(line))
    .map((line) => Number(line.split(' | ')[1]?.split(' ')[0]));
const inARow = (count: number) => Array.from({ length: count }, (_, index) => index);

test('a pipe that closes after the first match ends it at once, with 0 and no word', async () => {
  const { code, stdout, stderr, ms } = await bash(`paws --project paws --no-follow --grep . patroni1 redis1 | head -1`);
  expect({ code, stderr, lines: stdout.split('\n').length }).toEqual({ code: 0, stderr: '', lines: 2 });
  expect(ms).toBeLessThan(5_000);
});

test('lines of the running stack as JSON, in order, of the last minute only', async () => {
  const began = Date.now();
  const { code, stdout, stderr } = await runCli([
    'logs',
    '--project',
    'paws',
    '--since',
    '1m',
    '--no-follow',
    '--json',
    'patroni1',
    'patroni2',
    'redis1',
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { at: string; service: string; level: string });
  expect(lines.length).toBeGreaterThan(10); // Patroni says something every 2 s
  expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).sort());
  expect(Date.parse(lines[0]?.at ?? '')).toBeGreaterThan(began - 65_000);
  expect(new Set(lines.map(({ service }) => service))).toContain('patroni1');
});

test('the past and what comes are one log, and Ctrl+C ends it within a second', async () => {
  await program('headless', counting(2_000));
  const child = spawn(process.execPath, [cli, 'logs', '--project', project, 'headless'], { env: plainEnvironment() });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await vi.waitFor(() => expect(text.split('\n').length).toBeGreaterThan(8_000), { timeout: 10_000 });
  const asked = performance.now();
  child.kill('SIGINT');
  expect(await once(child, 'close')).toEqual([130, null]);
  expect(performance.now() - asked).toBeLessThan(1_000);
  const numbers = numbersOf(text);
  expect(numbers).toEqual(inARow(numbers.length));
});

test('an archiver that is killed loses nothing once it goes on', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'paws-top-archive-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const container = await program('archived', counting(1_000));
  const args = [cli, 'logs', '--project', project, '--archive', dir, 'archived'];
  const archived = async () => {
    const { stdout } = await runCli(['logs', '--from', dir]);
    return numbersOf(stdout);
  };
  const first = spawn(process.execPath, args, { env: plainEnvironment() });
  await vi.waitFor(async () => expect((await archived()).length).toBeGreaterThan(1_000), { timeout: 10_000 });
  first.kill('SIGKILL');
  await once(first, 'exit');
  const kept = await archived();
  expect(kept).toEqual(inARow(kept.length));

  const second = spawn(process.execPath, args, { env: plainEnvironment() });
  await vi.waitFor(async () => expect((await archived()).length).toBeGreaterThan(kept.length + 1_000), {
    timeout: 10_000,
  });
  await container.kill();
  second.kill('SIGINT');
  expect(await once(second, 'exit')).toEqual([130, null]);
  const all = await archived();
  expect(all).toEqual(inARow(all.length));
});
