import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { openTerminal, type PtyTerminal } from '../helpers/pty.ts';
import { ensureStack, ours, status } from '../helpers/stack.ts';

beforeAll(ensureStack);

/** What the menu of the selection calls that action, chosen by typing a part of its name. */
async function choose(terminal: PtyTerminal, typed: string, label: string): Promise<void> {
  terminal.press('x');
  await terminal.waitFor(/Actions ── /);
  terminal.press(typed);
  await terminal.waitFor(new RegExp(`Actions ── .*: ${typed}▏[^─]*${label}`));
  terminal.press('Enter');
}

/** Says yes to the dialog on top, waits for the end of what was begun, and closes it. Tells what came of it. */
async function confirm(terminal: PtyTerminal, choice: string): Promise<string> {
  await terminal.waitFor(new RegExp(`› ${choice}`));
  terminal.press('Enter');
  await terminal.waitFor(/[✔✖] (Done|Failed) after/, 60_000);
  const said = /[✔✖] (?:Done|Failed) after .*/.exec(terminal.screen())?.[0] ?? '';
  terminal.press('Esc');
  await terminal.waitFor((screen) => !/(Done|Failed) after/.test(screen));
  return said;
}

/** Types the setting, looks at its difference, sends it, and applies it by the restart that it waits for. */
async function setMaxConnections(terminal: PtyTerminal, before: number, after: number): Promise<void> {
  await choose(terminal, 'edit', 'Edit setting');
  await terminal.waitFor(/Edit setting ── Patroni cluster[\s\S]*> /);
  terminal.press(`max_connections = ${after}`);
  terminal.press('Enter');
  await terminal.waitFor(new RegExp(`- +max_connections: ${before}\\s+\\+ +max_connections: ${after}\\s`));
  expect(terminal.screen()).toMatch(/sends +PATCH \/config/);
  expect(await confirm(terminal, 'send it')).toMatch(new RegExp(`✔ Done after .*: max_connections is ${after};`));
  await terminal.waitFor((screen) => (screen.match(/pending restart/g) ?? []).length >= 3);

  await choose(terminal, 'pending', 'Restart pending');
  expect(await confirm(terminal, 'restart')).toMatch(/✔ Done after/);
  await terminal.waitFor((screen) => !/pending restart/.test(screen));
}

test('by keys: a replica is restarted, max_connections edited, seen to wait for a restart, applied and put back', async () => {
  const { report } = await status();
  // Of Redis, since that takes a second; of Postgres they are restarted below.
  const replica = report.redis?.members.findIndex(({ role }) => role === 'slave') ?? 0;
  const { name = '' } = report.redis?.members[replica] ?? {};
  const before = report.patroni?.members[0]?.postgres.maxConnections ?? 0;
  expect(before).toBeGreaterThan(0);

  const terminal = openTerminal({ args: ours });
  onTestFinished(() => terminal.close());
  await terminal.waitFor(/● OK/, 15_000);
  terminal.press('4');
  terminal.press('g');
  terminal.press('j'.repeat(replica));
  terminal.press('r');
  await terminal.waitFor(new RegExp(`Restart ── ${name} \\(`));
  expect(await confirm(terminal, 'restart')).toMatch(new RegExp(`✔ Done after .*: ${name} restarted`));

  terminal.press('3');
  await setMaxConnections(terminal, before, before + 10);
  await setMaxConnections(terminal, before + 10, before);

  terminal.press('q');
  expect((await terminal.exit).code).toBe(0);
  expect(terminal.leftovers()).toEqual([]);
  const after = (await status()).report.patroni?.members.map((row) => row.postgres.maxConnections);
  expect(after).toEqual([before, before, before]);
});
