import { expect, test } from 'vitest';
import { blocksFor, shown } from '../../source/ui/screens/values.ts';

process.env.TZ = 'UTC';
const now = Date.UTC(2026, 0, 15, 21, 4, 11);

test('figures are raw, and beside them as a person reads them', () => {
  expect(shown('cpuPercent', 0.2722854623888279, now)).toBe('0.272');
  expect(shown('lagSeconds', 1234.56, now)).toBe('1235');
  expect(shown('term', 18_204, now)).toBe('18204');
  expect(shown('memoryLimitBytes', 201_326_592, now)).toBe('201326592 (192M)');
  expect(shown('lagBytes', 0, now)).toBe('0');
  expect(shown('lagBytes', 12, now)).toBe('12');
  expect(shown('sentBytesPerSecond', 4815.7, now)).toBe('4816 (4.7k/s)');
  expect(shown('downAfterMs', 2000, now)).toBe('2000 (2 s)');
  expect(shown('receivedLsn', 69_902_728, now)).toBe('69902728 (0/42AA188)');
});

test('moments have their age, and their date where it is another day', () => {
  expect(shown('startedAt', now - 120_000, now)).toBe('21:02:11 (2m ago)');
  expect(shown('history.at', now - 86_400_000, now)).toBe('2026-01-14 21:04:11 (1d ago)');
  expect(shown('at', 5, now)).toBe('5');
});

test('nothing, an empty text and an empty list are told apart', () => {
  expect([shown('x', null, now), shown('x', '', now), shown('x', [], now), shown('x', false, now)]).toEqual([
    '–',
    '(empty)',
    'none',
    'false',
  ]);
});

test('lists of plain things are tables, lists of things with lists have a block each', () => {
  const peers = [
    { address: 'a:1', flags: ['slave', 's_down'] },
    { address: 'b:2', lagBytes: 2048 },
  ];
  const blocks = blocksFor('Says', { id: 7, nested: { deep: true }, masters: [{ name: 'paws', peers }] }, now, 'ok');
  expect(blocks).toEqual([
    {
      title: 'Says',
      note: 'ok',
      entries: [
        ['id', '7'],
        ['nested.deep', 'true'],
      ],
    },
    {
      title: 'Says · masters · paws',
      entries: [
        ['name', 'paws'],
        {
          name: 'peers',
          fields: ['address', 'flags', 'lagBytes'],
          rows: [
            ['a:1', 'slave, s_down', '–'],
            ['b:2', '–', '2048 (2.0k)'],
          ],
        },
      ],
    },
  ]);
});
