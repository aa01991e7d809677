import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { commandLines } from '../helpers/command-lines.ts';
import { now, openTerminal, type PtyTerminal } from '../helpers/pty.ts';
import { broken, containerOf, ensureStack, eventually, ours } from '../helpers/stack.ts';

beforeAll(ensureStack);

/** The program with the data of every pane on screen. */
async function opened(): Promise<PtyTerminal> {
  const terminal = openTerminal({ args: ours });
  onTestFinished(() => terminal.close());
  await terminal.waitFor(/patroni\d ★ +leader +running/, 15_000);
  return terminal;
}

const modes = ['alternate screen', 'hidden cursor', 'no line wrap', 'bracketed paste'];
const withoutAlive = (terminal: PtyTerminal) => terminal.leftovers().filter((what) => what !== 'still running');

/** A frame without what changes by itself: events, figures with their units, the curves, and the blanks between them. */
function skeleton(frame: string): string {
  const lines = frame.split('\n');
  const timeline = lines.findIndex((line) => line.includes('5 Timeline'));
  return [...lines.slice(0, timeline), `${'·'.repeat(lines.length)} lines`, ...lines.slice(-2)]
    .join('\n')
    .replace(/\d[\d.,]*( ?\d{3})*(ms|kB|[kMGBsmhd%])?/g, '')
    .replace(/[▁-█– ─]/g, '');
}

async function passwords(): Promise<readonly string[]> {
  const all = await Promise.all(
    ['patroni1', 'redis1'].map(async (service) => (await (await containerOf(service)).inspect()).Config.Env),
  );
  return [...new Set(all.flat().flatMap((entry) => /PASSWORD=(.+)/.exec(entry)?.[1] ?? []))];
}

test('a shell and psql ten times in turn: each answers, and the screen comes back as it was, down to its modes', async () => {
  const secrets = await passwords();
  expect(secrets.length).toBeGreaterThan(4);
  const terminal = await opened();
  terminal.press('3');
  await terminal.waitFor(/│ redis\d +replica +up/);
  const before = skeleton(terminal.screen());
  const whole = async () => {
    await terminal.waitFor((screen) => skeleton(screen) === before, 5_000);
    await eventually(() => (withoutAlive(terminal).join() === modes.join() ? true : null), 1_000);
  };
  for (let time = 1; time <= 10; time += 1) {
    terminal.press('e');
    await terminal.waitFor(/bash on patroni1; exit or Ctrl\+D returns to paws-top\n[^\n]*\$$/);
    // Typed in one go, nothing of it goes elsewhere.
    terminal.press(`echo $((${time} * 1111))\r`);
    await terminal.waitFor(new RegExp(`^${time * 1111}$`, 'm'));
    terminal.press('^D');
    await whole();
    terminal.press('E');
    await terminal.waitFor(/psql on patroni1; \\q or Ctrl\+D returns to paws-top[^$]*postgres=#$/);
    terminal.press(`select ${time} * 1001 as answer;\r`);
    await terminal.waitFor(new RegExp(`answer *\n-+\n +${time * 1001}\n`));
    if (time === 1) {
      const running = commandLines().join('\n');
      expect(running).toMatch(/exec -it .* -e PGPASSWORD .*patroni1.* psql/);
      for (const secret of secrets) expect(running).not.toContain(secret);
    }
    terminal.press('\\q\r');
    await whole();
  }
  const left = terminal.press('q');
  const exit = await terminal.exit;
  expect(exit.code).toBe(0);
  expect(exit.at - left).toBeLessThan(1_000);
  expect(terminal.leftovers()).toEqual([]);
  expect(terminal.unread()).toBe('');
  for (const secret of secrets) expect(terminal.sent()).not.toContain(secret);
});

test('the consoles of the other systems answer with what they were opened for; connection strings hide their passwords', async () => {
  const secrets = await passwords();
  const terminal = await opened();
  const open = async (keys: string, answer: RegExp, leave: string) => {
    terminal.press(keys);
    await terminal.waitFor(answer);
    const running = commandLines().join('\n');
    for (const secret of secrets) expect(running).not.toContain(secret);
    terminal.press(leave);
    await terminal.waitFor(/q quit/);
  };
  await open('2E', /etcdctl on etcd1[\s\S]*IS LEADER[\s\S]*PEER ADDRS[\s\S]*\$$/, '^D');
  await open('4E', /redis-cli on redis1[\s\S]*6379>$/, '^D');
  await open('1jjjjE', /Cluster: paws[\s\S]*Leader[\s\S]*\$$/, '^D');
  terminal.press('o');
  await terminal.waitFor(/postgresql:\/\/paws:…@127\.0\.0\.1:\d+,127\.0\.0\.1:\d+,/);
  terminal.press('Enter');
  await terminal.waitFor(/copied psql, libpq: writes, with its password/);
  for (const secret of secrets) expect(terminal.sent()).not.toContain(secret);
});

test('its container dies while a console is open: the screen comes back whole and says so', async () => {
  const terminal = await opened();
  terminal.press('e');
  await terminal.waitFor(/bash on backend[\s\S]*\$$/);
  // What an editor leaves on that is killed, too.
  terminal.press("printf '\\033[?1002h\\033[?1h\\033[?1004h'\r");
  await eventually(() => (terminal.leftovers().includes('mouse reports') ? true : null), 2_000);
  const undo = await broken('kill', 'backend');
  await terminal.waitFor(/bash on backend ended: the container ended with exit status 137/);
  expect(terminal.screen()).toMatch(/1 Containers[\s\S]*q quit/);
  await eventually(() => (withoutAlive(terminal).join() === modes.join() ? true : null), 1_000);
  terminal.press('e');
  await terminal.waitFor(/no console: backend is stopped; S starts it/);
  await undo();
});

describe('ended from outside while a console is open, the console ends too and the terminal is as it was', () => {
  for (const [name, code] of [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    test(name, async () => {
      const terminal = await opened();
      terminal.press('3E');
      await terminal.waitFor(/postgres=#$/);
      const left = now();
      terminal.signal(name);
      const exit = await terminal.exit;
      expect(exit.code).toBe(code);
      expect(exit.at - left).toBeLessThan(1_500);
      expect(terminal.leftovers()).toEqual([]);
    });
  }
});
