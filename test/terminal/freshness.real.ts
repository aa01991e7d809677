import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { connectEngine } from '../../source/engine/connect.ts';
import { survey } from '../../source/engine/survey.ts';
import { createMonitor } from '../../source/monitor/monitor.ts';
import type { View } from '../../source/monitor/types.ts';
import { openProbe } from '../../source/probes/probes.ts';
import type { Report } from '../../source/stack/report.ts';
import { broken, containerOf, ensureStack, eventually, project, status } from '../helpers/stack.ts';

const intervalMs = 1_000;

beforeAll(ensureStack);

type Row = { readonly name: string; readonly reading: string; readonly ageMs: number | null };

const rowsOf = (report: Report): readonly Row[] =>
  [report.etcd, report.patroni, report.redis, report.sentinel].flatMap((system) => [...(system?.members ?? [])]);

/** The monitor as the screen has it, and every view it published. */
async function watching() {
  const monitor = createMonitor({
    connect: () => connectEngine({ host: null, env: process.env }),
    survey: (engine, details) => survey(engine, details, { project }),
    openProbe: async (...question) => openProbe(...question),
    intervalMs,
    deadlineMs: 1_000,
    now: Date.now,
  });
  const views: { readonly at: number; readonly rows: readonly Row[] }[] = [];
  const look = () => {
    const view: View | null = monitor.store.get();
    if (view !== null) views.push({ at: Date.now(), rows: rowsOf(view.report) });
  };
  monitor.store.subscribe(look);
  monitor.start();
  onTestFinished(() => monitor.stop());
  await eventually(() => {
    const rows = views.at(-1)?.rows ?? [];
    return rows.length === 12 && rows.every(({ reading }) => reading === 'ok') ? true : null;
  }, 10_000);
  return views;
}

/** One of each system; not the Redis master, which a pause of this length fails over. */
const victimsIn = ({ etcd, patroni, redis }: Report): readonly string[] => [
  etcd?.leader ?? '',
  patroni?.members.find(({ role }) => role === 'replica')?.name ?? '',
  redis?.members.find(({ role }) => role === 'slave')?.name ?? '',
  'sentinel2',
];

test('paused members of each system turn stale, then failed, and hold up nobody else', async () => {
  const victims = victimsIn((await status()).report);
  const views = await watching();
  const first = views.length;
  const mends = await Promise.all(victims.map((victim) => broken('pause', victim)));
  const paused = Date.now();
  const since = () => views.slice(first);

  for (const victim of victims) {
    const failedAt = await eventually(
      () => since().find(({ rows }) => readingOf(rows, victim) === 'failed')?.at ?? null,
      5_000,
    );
    expect(failedAt - paused).toBeLessThan(3_000);
  }
  // Longer than it took, so that a queue behind the silent members would show.
  await eventually(() => (Date.now() - paused > 6_000 ? true : null), 7_000);
  const shown = since();

  await Promise.all(mends.map((mend) => mend()));
  // A Sentinel that was held keeps out of everything for 30 s (TILT); one that was started anew does not.
  await (await containerOf('sentinel2')).restart({ t: 2 });

  for (const victim of victims) {
    const readings = shown.map(({ rows }) => readingOf(rows, victim));
    expect(readings.indexOf('stale')).toBeGreaterThanOrEqual(0);
    expect(readings.indexOf('stale')).toBeLessThan(readings.indexOf('failed'));
  }
  // How old another row was at the moment when its successor replaced it on screen.
  for (const [index, { rows, at }] of shown.entries()) {
    const until = shown[index + 1]?.at ?? at;
    for (const { name, ageMs } of rows) {
      if (!victims.includes(name))
        expect({ name, old: (ageMs ?? 0) + (until - at) > 2 * intervalMs }).toEqual({ name, old: false });
    }
  }
});

const readingOf = (rows: readonly Row[], name: string) => rows.find((row) => row.name === name)?.reading ?? 'none';
