import { expect, test } from 'vitest';
import { parseArguments } from '../../source/commands/arguments.ts';
import { parseSince } from '../../source/commands/logs-words.ts';

const now = new Date(2026, 10, 23, 21, 10, 57, 123).getTime();
const flags = (...argv: string[]) => {
  const said = parseArguments(['logs', ...argv], () => '');
  return 'flags' in said ? said.flags : expect.fail('text');
};

test.each([
  ['10m', now - 600_000],
  ['2h', now - 7_200_000],
  ['1h30m', now - 5_400_000],
  ['1d', now - 86_400_000],
  ['45s', now - 45_000],
  ['09:05', new Date(2026, 10, 23, 9, 5).getTime()],
  ['21:10:57', new Date(2026, 10, 23, 21, 10, 57).getTime()],
  ['2026-11-23T20:00:00Z', Date.UTC(2026, 10, 23, 20)],
  ['2026-11-23T20:00:00+02:00', Date.UTC(2026, 10, 23, 18)],
])('since %s', (text, ms) => {
  expect(parseSince(text, now)).toEqual({ ms, ns: 0 });
});

test('a time as lines have it is taken to the nanosecond', () => {
  expect(parseSince('2026-11-23T20:00:00.123456789Z', now)).toEqual({
    ms: Date.UTC(2026, 10, 23, 20, 0, 0, 123),
    ns: 456_789,
  });
});

test('sizes, levels and numbers of lines', () => {
  expect(flags('--archive-size', '500m', '--level', 'WARN', '--tail', '20')).toMatchObject({
    archiveSize: 500 * 2 ** 20,
    level: 'warning',
    tail: 20,
  });
  expect(flags('--tail', 'all', 'redis1', 'etcd1').tail).toBeUndefined();
  expect(parseArguments(['--log-lines', '5000', '--log-bytes', '2G'], () => '')).toMatchObject({
    flags: { logLines: 5_000, logBytes: 2 ** 31 },
  });
});

test('a value may begin with a dash', () => {
  expect(flags('--grep', '-x', '--tail', '3')).toMatchObject({ grep: '-x', tail: 3 });
  expect(flags('--since', '-5m').since).toBe('-5m');
});

test.each([
  [['--since', 'yesterday'], /--since takes 10m, 2h, 1h30m, 21:10 or an ISO time, not "yesterday"/],
  [['--since', '25:00'], /--since takes/],
  [['--level', 'loud'], /--level takes one of debug, info, notice, warning, error, fatal/],
  [['--tail', '-3'], /--tail takes a number of lines, or all/],
  [['--archive-size', 'big'], /--archive-size takes a size such as 64M or 1G/],
  [['--context', '1.5'], /--context takes a whole number from 0 to 1000/],
  [['--log-lines', '5000'], /unknown flag --log-lines; allowed here: .*--grep/],
  [['--archive', '/tmp/a', '--grep', 'x'], /--archive keeps all lines and prints none; leave out --grep/],
  [['--grep'], /--grep needs a value/],
  [['--grep', 'x', '--context'], /--context needs a value/],
  [['--context', '2'], /--context takes lines around what --grep finds/],
  [['--since', '10m', '--since=5m'], /--since is given twice/],
  [['--from='], /--from takes a directory/],
])('%j is refused in one line', (argv, message) => {
  expect(() => flags(...argv)).toThrow(
    expect.objectContaining({ kind: 'usage', message: expect.stringMatching(message) }),
  );
});
