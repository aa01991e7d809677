import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { secretsFile } from '../../source/engine/secrets.ts';
import { stateDir } from '../../source/engine/state-dir.ts';
import { runCli } from '../helpers/cli.ts';
import { commandLines } from '../helpers/command-lines.ts';
import { cli, openTerminal, plainEnvironment } from '../helpers/pty.ts';
import { ensureStack, ours, project } from '../helpers/stack.ts';

/** What the members log in with, by its name. */
let secrets: ReadonlyMap<string, string>;

beforeAll(async () => {
  await ensureStack();
  const values = parseEnv(readFileSync(secretsFile(process.env, project), 'utf8'));
  secrets = new Map(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined));
  expect(secrets.size).toBeGreaterThan(3);
  expect(Math.min(...[...secrets.values()].map(({ length }) => length))).toBeGreaterThan(10);
});

/** Names of the secrets in a text, as they are, in base64 and as in an address. */
function foundIn(text: string): readonly string[] {
  // Base64 of a part of a longer text: it begins at any of three places, and its ends depend on its neighbours.
  const encoded = (secret: string) =>
    [0, 1, 2].map((shift) =>
      Buffer.from(' '.repeat(shift) + secret)
        .toString('base64')
        .slice(4, -4),
    );
  const forms = (secret: string) => [secret, encodeURIComponent(secret), ...encoded(secret)];
  return [...secrets].filter(([, secret]) => forms(secret).some((form) => text.includes(form))).map(([name]) => name);
}

test('a secret would be found', () => {
  for (const [name, secret] of secrets) {
    expect(foundIn(`postgres://postgres:${secret}@patroni1`)).toContain(name);
    for (const user of ['a', 'ab', 'abc']) {
      expect(foundIn(Buffer.from(`${user}:${secret}`).toString('base64'))).toContain(name);
    }
  }
});

test.each(
  [
    ['status'],
    ['status', '--json'],
    ['doctor'],
    ['doctor', '--json'],
    ['profile', 'minimal', '--dry-run'],
    ['profile', 'minimal', '--dry-run', '--json'],
    ['drill', '--list'],
    ['drill', '--history'],
    ['drill', 'cascade', '--dry-run', '--json'],
    ['logs', '--no-follow', '--since', '10m'],
    ['logs', '--no-follow', '--since', '10m', '--json'],
  ].map((words) => [words.join(' '), words] as const),
)('no secret is in what is printed: %s', async (_, words) => {
  const { stdout, stderr } = await runCli([...words, ...ours]);
  expect(stdout.length).toBeGreaterThan(20);
  expect(foundIn(stdout + stderr)).toEqual([]);
});

test('no secret is in what is kept, but for the one file that is for them', () => {
  const folder = stateDir(process.env, project);
  const kept = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const files = kept.filter((path) => path !== secretsFile(process.env, project));
  expect(kept.length).toBe(files.length + 1);
  expect(files.filter((path) => foundIn(readFileSync(path, 'latin1')).length > 0)).toEqual([]);
});

test('no secret is on the screen, whatever is opened', async () => {
  const terminal = openTerminal({ args: ours, columns: 200, rows: 60 });
  onTestFinished(() => terminal.close());
  await terminal.waitFor(/● OK/, 15_000);
  const found = new Set<string>();
  const look = () => {
    for (const name of [...foundIn(terminal.screen()), ...foundIn(terminal.sent())]) found.add(name);
  };
  // Both ends of it: a frame may be half there.
  const nothingOver = (screen: string) =>
    /1 Containers ── [\s\S]*\n ↑↓ move .*$/.test(screen) &&
    !/(Actions|Profiles|Connection strings|Back up database|Break something) ── /.test(screen);
  /** Opens something over the panes, looks at it when it is there, and closes it. */
  const visit = async (key: string, shows: RegExp, behind: RegExp | typeof nothingOver = nothingOver) => {
    terminal.press(key);
    await terminal.waitFor(shows);
    look();
    // Only when it is gone: what follows an Esc at once is taken for a part of it.
    terminal.press('Esc');
    await terminal.waitFor(behind);
  };
  for (const [pane, details] of [
    ['1', /── Containers ──/],
    ['2', /etcd1 ── etcd ──/],
    ['3', /patroni1 ── Patroni ──/],
    ['4', /redis1 ── Redis ──/],
    ['5', /Events ── /],
  ] as const) {
    terminal.press(pane);
    await visit('Enter', details);
    await visit('x', /Actions ── /);
  }
  terminal.press('3');
  terminal.press('x');
  await terminal.waitFor(/Actions ── /);
  terminal.press('back up');
  await terminal.waitFor(/Actions ── .*: back up/);
  terminal.press('Enter');
  await terminal.waitFor(/Back up database ── /);
  terminal.press(join(tmpdir(), 'nothing-is-written.sql'));
  await visit('Enter', /pg_dumpall --no-password/, /> \S*nothing-is-written/);
  for (const behind of [/Actions ── .*: back up/, nothingOver]) {
    terminal.press('Esc');
    await terminal.waitFor(behind);
  }
  await visit('P', /Profiles ── /);
  await visit('o', /Connection strings ── /);
  await visit('D', /Doctor ── (?!looking)/);
  await visit('!', /Break something ── /);
  look();
  expect([...found]).toEqual([]);
});

test('no secret is in any command line while a backup is made', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'paws-top-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const args = [cli, 'backup', join(folder, 'x.sql'), ...ours];
  const child = spawn(process.execPath, args, { env: plainEnvironment(), stdio: 'ignore' });
  const ended = once(child, 'exit');
  const lines = new Set<string>();
  while (child.exitCode === null) {
    for (const line of commandLines()) lines.add(line);
    await new Promise(setImmediate);
  }
  expect(await ended).toEqual([0, null]);
  expect([...lines].some((line) => line.includes('pg_dumpall'))).toBe(true);
  expect([...lines].filter((line) => foundIn(line).length > 0).map((line) => line.slice(0, 40))).toEqual([]);
});
