import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { runCli } from '../helpers/cli.ts';
import { openTerminal } from '../helpers/pty.ts';
import { ensureStack, ours } from '../helpers/stack.ts';

beforeAll(ensureStack);

const noEngine = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
const oneLine = /^[^\n]+\n$/;

test.each([
  { args: ['--wrong'], says: /--wrong.*--project/ },
  { args: ['status', '--volumes'], says: /--volumes/ },
  { args: ['sideways'], says: /sideways.*status/ },
  { args: ['up', 'gigantic'], says: /gigantic.*minimal.*backend.*full/ },
  { args: ['--interval', 'often'], says: /--interval/ },
])('$args is answered by one line that says what is allowed, and exit 64', async ({ args, says }) => {
  const { code, stdout, stderr } = await runCli(args);
  expect(code).toBe(64);
  expect(stdout).toBe('');
  expect(stderr).toMatch(oneLine);
  expect(stderr).toMatch(says);
});

test('no engine: status exits 3 and says so, as text and as JSON', async () => {
  const text = await runCli(['status'], { env: noEngine });
  expect(text.code).toBe(3);
  expect(`${text.stdout}${text.stderr}`).toMatch(/nowhere\/docker\.sock/);
  const json = await runCli(['status', '--json'], { env: noEngine });
  expect(json.code).toBe(3);
  expect(JSON.parse(json.stdout)).toMatchObject({ schema: 1, verdict: { level: 'unknown' } });
});

test('no engine: up exits 69', async () => {
  const { code, stderr } = await runCli(['up', 'full'], { env: noEngine });
  expect(code).toBe(69);
  expect(stderr).toMatch(/nowhere\/docker\.sock/);
});

test('no engine: the screen says so, stays, and can be left', async () => {
  const terminal = openTerminal({ env: noEngine });
  onTestFinished(() => terminal.close());
  await terminal.waitFor(/trying again: no container engine answers/, 5_000);
  terminal.press('q');
  expect((await terminal.exit).code).toBe(0);
  expect(terminal.leftovers()).toEqual([]);
});

test('a reader that goes away (| head -1) is no error', async () => {
  for (const command of ['status --json', 'keys', '--help']) {
    const line = `set -o pipefail; "$0" "$1" ${command} | head -c 1 >/dev/null; echo "exits \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await runCli(['-c', line, process.execPath, 'dist/cli.js'], { command: 'bash' });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/exits (0|1|2|3|141)\n/);
  }
});

test('stdout closed from the start is no crash', async () => {
  const { stdout, stderr } = await runCli(['-c', `"$0" dist/cli.js keys >&-; echo "exits $?"`, process.execPath], {
    command: 'bash',
  });
  expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
  expect(stdout).toMatch(/exits [01]\n/);
});

test('--version and --help need nothing and start fast', async () => {
  const [version, help, bare] = [
    await runCli(['--version']),
    await runCli(['--help']),
    await runCli(['-e', '0'], { command: process.execPath }),
  ];
  expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  expect(help.code).toBe(0);
  expect(help.stdout).toMatch(/paws-top up/);
  expect(version.ms - bare.ms).toBeLessThan(150); // on an idle machine it is 10; this one may be busy
});

test('without a terminal it prints one report instead of a screen', async () => {
  const bare = await runCli([]);
  expect(bare.stdout).not.toContain('\x1b');
  expect(bare.code).toBeOneOf([0, 1, 2, 3]);
});

test('a dumb terminal is told what it can have instead, and left alone', async () => {
  const terminal = openTerminal({ env: { TERM: 'dumb' } });
  onTestFinished(() => terminal.close());
  const { code } = await terminal.exit;
  expect(code).toBe(1);
  expect(terminal.screen()).toMatch(/TERM=dumb.*paws-top status/);
  expect(terminal.leftovers()).toEqual([]);
});

test('a terminal without UTF-8 gets the same facts in ASCII', async () => {
  const terminal = openTerminal({ args: ours, env: { LANG: 'C', LC_ALL: 'C' } });
  onTestFinished(() => terminal.close());
  await terminal.waitFor(/etcd1 .*leader|follower/, 15_000);
  expect(terminal.screen()).toMatch(/^[\x20-\x7e\n]*$/);
});

test('NO_COLOR: no colour in what is sent, and the state still told', async () => {
  const terminal = openTerminal({ args: ours, env: { NO_COLOR: '1' } });
  onTestFinished(() => terminal.close());
  await terminal.waitFor(/etcd1 .*leader|follower/, 15_000);
  expect(terminal.sent()).not.toMatch(/\x1b\[[0-9;]*(3[0-7]|4[0-7]|9[0-7]|10[0-7]|[34]8;)[0-9;]*m/);
  expect(terminal.screen()).toMatch(/OK|DEGRADED|DOWN/);
});
