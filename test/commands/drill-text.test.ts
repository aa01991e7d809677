import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { bandLines } from '../../source/commands/drill-band.ts';
import { historyText, repeatText } from '../../source/commands/drill-runs-text.ts';
import { drillText } from '../../source/commands/drill-text.ts';
import type { TextOptions } from '../../source/commands/text-table.ts';
import { repeated } from '../../source/drills/repeat.ts';
import type { DrillReport } from '../../source/drills/types.ts';
import { width } from '../../source/stack/format.ts';
import * as reports from '../helpers/drill-reports.ts';

const { patroniLeaderKill, redisFailover, inconclusive, notRun, cascade, failed, runs } = reports;
const each = { patroniLeaderKill, redisFailover, inconclusive, notRun, cascade, failed };
const text = (report: DrillReport, options: Partial<TextOptions> = {}) =>
  drillText(report, { color: false, width: 80, ...options });

test('a drill that passed on 80 columns', () => {
  const [head, system, events] = text(patroniLeaderKill).split('\n\n');
  expect(head?.split('\n')).toEqual([
    'PASSED  patroni-leader-kill · paws · 36.8 s',
    '  patroni writable after 20.6 s (target 60 s, predicted 18–24 s), no',
    '  acknowledged write lost.',
    '  does        Kills the container of the Patroni leader (SIGKILL) and holds it',
    '              down until another leads.',
    '  fault       kill of patroni2, injected 2026-02-11 09:14:05.402 UTC',
    '  healed      yes',
  ]);
  expect(system?.split('\n')).toEqual([
    'patroni  writable after 20.6 s · 0 lost · patroni2 → patroni3',
    '         ▲                                           DE  W               R',
    '  ███████??▓×××××××××××××××××××××××××××××××××××××××××××××▓██████████████████████',
    '                                 predicted 18–24 s ├─────────────┤',
    '         0          5 s         10 s        15 s        20 s        25 s',
    '  ▲ injected  D detected  E elected  W writable  R redundant',
    '  █ acknowledged  × failed  ? indeterminate  ▓ some of each',
    '  TIME       MEASURED  PREDICTED  TARGET',
    '  detected     18.9 s',
    '  elected      19.3 s',
    '  writable     20.6 s    18–24 s    60 s',
    '  redundant    27.5 s',
    '  outage       20.7 s',
    '  WRITES  ATTEMPTED  ACKED  FAILED  INDETERMINATE',
    '  all           650    248     392             10',
    '  read back   0 lost · 0 unexpected · 1 recovered (indeterminate, and there)',
    '  durability  synchronous (ANY 1); synchronous_commit on; fsync on',
    '  prediction  the lease of the dead leader has 18.0 to 20.0 s left (ttl 20 s,',
    '              renewed every loop_wait 2 s); then a promotion of up to 4 s',
  ]);
  expect(events).toContain('\n    +18.912  etcd    leader key deleted: its lease has run out\n');
});

test('losses come with their number, their ids, the durability and the two masters', () => {
  const shown = text(redisFailover);
  expect(shown).toMatch(/^ {2}read back {3}187 lost · 0 unexpected/m);
  expect(shown).toMatch(/^ {2}lost {8}redisfailovermn7k2q-001076, acked by redis1 at \+0\.062 s$/m);
  expect(shown).toMatch(/^ +and 182 more$/m);
  expect(shown).toMatch(/^ {2}two primaries +9\.6 s$/m);
  expect(shown).toMatch(/^ {2}old primary +204 +192 +12 +0$/m);
  expect(shown).toMatch(/^ {2}durability {2}asynchronous; appendfsync everysec/m);
});

test('what could not be read back is not called 0', () => {
  expect(text(inconclusive)).toMatch(/^patroni {2}writable after 21\.3 s · lost not known · patroni1 → \?$/m);
  expect(text(inconclusive)).toMatch(/^ {2}read back {3}nobody could/m);
});

test('a drill that was not run says why and shows no figures', () => {
  expect(text(notRun).split('\n')).toEqual([
    'NOT RUN  etcd-leader-kill · paws · 312 ms',
    '  etcd3 is missing: one more lost member would cost the quorum.',
    '  does        Kills the container of the etcd leader (SIGKILL) and holds it down',
    '              until another leads.',
    '  fault       kill of etcd2, not injected',
  ]);
});

test('a failed drill names each failure, what is outside the prediction, and how to heal', () => {
  const shown = text(failed);
  expect(shown).toMatch(/^FAILED /);
  expect(shown).toMatch(/^ {2}failed {6}patroni: a new leader was expected, but patroni2 leads as before$/m);
  expect(shown).toMatch(/^ {2}writable .*outside the prediction$/m);
  expect(shown).toContain('NO: paws-top heal undoes what is left');
});

test('the band shows each kind of outcome, also where a slice is wider than a column', () => {
  const [result] = patroniLeaderKill.systems;
  if (result === undefined) throw new Error('no system');
  const lane = {
    sliceMs: 1_000,
    fromMs: -1_000,
    acked: [2, 0, 0, 1, 2],
    failed: [0, 2, 0, 1, 0],
    indeterminate: [0, 0, 2, 0, 0],
  };
  const phases = { detectedMs: 100, electedMs: 100, writableMs: 3_000, redundantMs: null };
  const predicted = { minMs: 0, maxMs: 0, boundMs: 0, why: '' };
  expect(bandLines({ ...result, lane, phases, predicted }, { color: false, width: 22 })).toEqual([
    '      ▲DE         W',
    '  ████××××????▓▓▓▓████',
    '      0',
  ]);
});

describe('lines', () => {
  const texts: Record<string, (options: TextOptions) => string> = {
    ...Object.fromEntries(
      Object.entries(each).map(([name, report]) => [name, (options: TextOptions) => drillText(report, options)]),
    ),
    repeated: (options) => repeatText(repeated('patroni-leader-kill', [...runs, failed]), options),
    history: (options) =>
      historyText('cascade', { reports: [cascade, failed, notRun], notes: ['a file is left out.'] }, options),
  };
  test.each(Object.keys(texts))(
    'of %s fit 40, 60, 80 and 200 columns, and say the same in colour and in ASCII',
    (name) => {
      const shown = texts[name];
      if (shown === undefined) throw new Error(name);
      for (const columns of [40, 60, 80, 200]) {
        const plainText = shown({ color: false, width: columns });
        const coloured = shown({ color: true, width: columns });
        expect(coloured).toContain('\u001b[');
        expect(stripVTControlCharacters(coloured)).toBe(plainText);
        for (const line of plainText.split('\n')) {
          expect(width(line)).toBeLessThanOrEqual(columns);
          expect(line).toBe(line.trimEnd());
        }
        expect(shown({ color: false, width: columns, ascii: true })).toMatch(/^[\x20-\x7e\n]*$/);
      }
    },
  );

  test('carry nothing that a terminal would obey', () => {
    const hostile = '\u001b[2J\u001b]0;title\u0007\r\nredis1';
    const shown = text({
      ...redisFailover,
      target: hostile,
      why: hostile,
      timeline: [{ atMs: 0, source: hostile, text: hostile }],
    });
    expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
  });
});

test('repeated runs show how they ended, and minimum, median and maximum', () => {
  const shown = repeatText(repeated('patroni-leader-kill', [...runs, failed]), { color: false, width: 80 });
  expect(shown).toMatch(/^FAILED {2}patroni-leader-kill · 6 runs · 1 failed, 5 passed\n {2}run 6 /);
  expect(shown).toMatch(/^ {2}writable +19\.4 s +20\.8 s +71\.3 s +6 of 6$/m);
  expect(shown).toMatch(/^ {2}redundant .* 5 of 6$/m);
});

test('the history says faster or slower first, then has a line for each run', () => {
  const shown = historyText(
    'patroni-leader-kill',
    { reports: runs, notes: ['x.json is left out: it is damaged.'] },
    { color: false, width: 80 },
  );
  expect(shown).toMatch(
    /^PASSED {2}patroni-leader-kill · paws · 5 runs · the newest last\n {2}patroni {5}writable after 20\.1 s, about the same; median of 4/,
  );
  expect(shown).toMatch(/^ {2}note {8}x\.json is left out: it is damaged\.$/m);
  expect(shown.match(/^ {2}2026-02-11 .*$/gm)).toHaveLength(5);
});

test('a drill without a history says so', () => {
  expect(historyText('cascade', { reports: [], notes: [] }, { color: false, width: 80 })).toBe(
    'cascade  was not run yet, as far as is known here',
  );
});
