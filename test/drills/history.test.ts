import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { keepReport, readHistory } from '../../source/drills/history.ts';
import type { DrillReport } from '../../source/drills/types.ts';
import { cascade, patroniLeaderKill, runs } from '../helpers/drill-reports.ts';

let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  const home = await mkdtemp(join(tmpdir(), 'paws-top-history-'));
  env = { XDG_STATE_HOME: home };
  onTestFinished(() => rm(home, { recursive: true }));
});
const keep = (report: DrillReport) => keepReport(env, 'paws', report);
const read = (drill = 'patroni-leader-kill') => readHistory(env, 'paws', drill);

test('what was kept is read back, oldest first, whatever the order of keeping', async () => {
  for (const report of [...runs].reverse()) await keep(report);
  await keep(cascade);
  expect(await read()).toEqual({ reports: runs, notes: [] });
  expect((await read('cascade')).reports).toEqual([cascade]);
});

test('a drill that was never run has no history', async () => {
  expect(await read()).toEqual({ reports: [], notes: [] });
});

test('only the owner reads a report', async () => {
  const path = await keep(patroniLeaderKill);
  expect(path).toContain(join('paws', 'drills', 'patroni-leader-kill', '2026-02-11T09-14-02.117Z.json'));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('the newest two hundred are kept', async () => {
  const path = await keep(patroniLeaderKill);
  const folder = dirname(path);
  await Promise.all(
    Array.from({ length: 204 }, (_, index) => {
      const startedAt = new Date(Date.UTC(2025, 0, 1, 0, index)).toISOString();
      return writeFile(
        join(folder, `${startedAt.replaceAll(':', '-')}.json`),
        JSON.stringify({ ...patroniLeaderKill, startedAt }),
      );
    }),
  );
  await keep({ ...patroniLeaderKill, startedAt: '2026-03-01T00:00:00.000Z' });
  const { reports } = await read();
  expect(reports).toHaveLength(200);
  expect(reports[0]?.startedAt).toBe('2025-01-01T00:06:00.000Z');
  expect(reports.at(-1)?.startedAt).toBe('2026-03-01T00:00:00.000Z');
  expect(await readdir(folder)).toHaveLength(200);
});

test('a damaged or foreign file is left out with a note', async () => {
  const folder = dirname(await keep(patroniLeaderKill));
  await writeFile(join(folder, 'a.json'), '{"schema":1,');
  await writeFile(join(folder, 'b.json'), '{"schema":2}');
  await writeFile(join(folder, 'c.json'), JSON.stringify(cascade));
  await writeFile(join(folder, 'd.txt'), 'not asked for');
  const { reports, notes } = await read();
  expect(reports).toEqual([patroniLeaderKill]);
  expect(notes).toEqual([
    `${join(folder, 'a.json')} is left out: it is damaged.`,
    `${join(folder, 'b.json')} is left out: it is no report of patroni-leader-kill.`,
    `${join(folder, 'c.json')} is left out: it is no report of patroni-leader-kill.`,
  ]);
});

test.each(['../../escape', '..', 'my chain / two'])('a drill of the name %s stays inside its folder', async (drill) => {
  const path = await keep({ ...patroniLeaderKill, drill });
  expect(dirname(dirname(path))).toBe(join(env.XDG_STATE_HOME ?? '', 'paws-top', 'paws', 'drills'));
  expect((await read(drill)).reports).toHaveLength(1);
});
