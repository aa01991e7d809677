import { expect, test } from 'vitest';
import { createProgress, seconds } from '../../source/commands/progress.ts';
import { emulator } from '../helpers/emulator.ts';

function plain(env: NodeJS.ProcessEnv = {}, isTTY = false) {
  let time = 0;
  let text = '';
  const output = {
    isTTY,
    columns: 80,
    write: (part: string) => {
      text += part;
    },
  };
  const progress = createProgress({ output, env, color: true, now: () => time });
  return {
    progress,
    at: (ms: number) => {
      time = ms;
    },
    text: () => text,
  };
}

test('without a terminal each change is one line', () => {
  const { progress, at, text } = plain();
  progress.step('engine');
  progress.note('starting dockerd');
  at(1_500);
  progress.done('Docker 99');
  progress.step('health');
  progress.detail('0 of 2');
  progress.rows([
    { name: 'a', state: 'starting', tone: 'busy' },
    { name: 'b', state: 'healthy', tone: 'good' },
  ]);
  progress.rows([
    { name: 'a', state: 'healthy', tone: 'good' },
    { name: 'b', state: 'healthy', tone: 'good' },
  ]);
  at(3_500);
  progress.close('failed');
  expect(text()).toBe(
    'engine: starting dockerd\nengine: Docker 99 (1.5 s)\na: starting\nb: healthy\na: healthy\nhealth: failed (2.0 s)\n',
  );
});

test.each([{ CI: 'true' }, { TERM: 'dumb' }])('%j gets plain lines even on a terminal', (env) => {
  const { progress, text } = plain(env, true);
  progress.step('engine');
  progress.done('there');
  expect(text()).toBe('engine: there (0.0 s)\n');
});

/** A live progress on an emulated terminal; `text` is what a person sees. */
function live(columns: number, env: NodeJS.ProcessEnv = { LANG: 'C.UTF-8' }) {
  const terminal = emulator(columns, 20);
  const written: string[] = [];
  const output = { isTTY: true, columns, write: (part: string) => written.push(part) };
  let time = 0;
  const progress = createProgress({ output, env, color: true, now: () => time });
  const text = async () => {
    const data = written.splice(0).join('').replaceAll('\n', '\r\n');
    await new Promise<void>((resolve) => terminal.write(data, resolve));
    return terminal.text();
  };
  return {
    progress,
    text,
    raw: () => written.join(''),
    at: (ms: number) => {
      time = ms;
    },
  };
}

test('on a terminal ended steps stay and the running one is drawn in place', async () => {
  const { progress, text, at } = live(50);
  progress.step('engine');
  progress.note('starting dockerd');
  at(200);
  progress.done('Docker 99');
  progress.step('health');
  progress.rows([
    { name: 'etcd1', state: 'healthy', tone: 'good' },
    { name: 'a', state: 'starting', tone: 'busy' },
  ]);
  progress.detail('1 of 2');
  progress.note('a note');
  const middle = (await text()).split('\n');
  expect(middle.slice(0, 3)).toEqual([
    '  starting dockerd',
    '✓ engine   Docker 99                        0.2 s',
    '  a note',
  ]);
  expect(middle[3]).toMatch(/^. health {3}1 of 2 .* 0\.0 s$/);
  expect(middle[4]).toBe('  ✓ etcd1 healthy     · a     starting');
  at(1_200);
  progress.done('2 of 2');
  progress.close('done');
  expect((await text()).split('\n').slice(3)).toEqual(['✓ health   2 of 2                           1.0 s']);
});

test('a failed step keeps its rows', async () => {
  const { progress, text } = live(40);
  progress.step('health');
  progress.rows([{ name: 'a', state: 'exited (1)', tone: 'bad' }]);
  progress.detail('0 of 1');
  progress.close('failed');
  expect(await text()).toBe('✗ health   0 of 1                 0.0 s\n  ✗ a exited (1)');
});

test('no line is longer than the terminal, and without UTF-8 and colour it is plain ASCII', async () => {
  const { progress, raw } = live(30, { LANG: 'C', NO_COLOR: '1' });
  progress.step('images');
  progress.detail('x'.repeat(200));
  progress.rows([{ name: 'a-very-long-service-name-indeed', state: 'starting', tone: 'busy' }]);
  progress.note('');
  const lines = raw()
    .replaceAll(/\x1b\[\d*[AJ]/g, '')
    .split(/[\r\n]+/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(30);
  expect(raw().replaceAll('\x1b', '')).toMatch(/^[\x20-\x7e\r\n]*$/);
  progress.close('done');
});

test('times are read easily', () => {
  expect([seconds(340), seconds(12_340), seconds(83_000)]).toEqual(['0.3 s', '12.3 s', '1 min 23 s']);
});
