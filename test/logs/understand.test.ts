import { expect, test } from 'vitest';
import { understand } from '../../source/logs/understand.ts';
import { stamped } from './entries-fixture.ts';

test('an object is its message and what else it carries, without time, level and place', () => {
  expect(
    understand(
      '{"level":"warn","ts":"2026-11-23T21:00:00.1Z","caller":"embed/config.go:689","msg":"slow \\"disk\\"","took":"2s","peers":["a","b"],"of":{"a":1},"none":null}',
    ),
  ).toEqual({
    level: 'warning',
    message: 'slow "disk"',
    fields: [
      ['took', '2s'],
      ['peers', '["a","b"]'],
      ['of', '{"a":1}'],
      ['none', 'null'],
    ],
    format: 'json',
  });
});

test('a number keeps all its digits', () => {
  expect(understand('{"msg":"x","lease":7587883012345678901}').fields).toEqual([['lease', '7587883012345678901']]);
});

test('what pino writes into every line is left out, a pid of others is not', () => {
  expect(understand('{"level":30,"time":1795467600123,"pid":7,"hostname":"h","msg":"up","port":1}')).toEqual({
    level: 'info',
    message: 'up',
    fields: [['port', '1']],
    format: 'json',
  });
  expect(understand('{"level":"info","msg":"up","pid":7}').fields).toEqual([['pid', '7']]);
});

test('what only has the name of a time or a level stays', () => {
  expect(understand('{"message":"x","time":"3 s","level":"loud","t":5}').fields).toEqual([
    ['time', '3 s'],
    ['level', 'loud'],
    ['t', '5'],
  ]);
});

test('an object without a message has only fields', () => {
  expect(understand('{"a":1}')).toEqual({ level: null, message: '', fields: [['a', '1']], format: 'json' });
});

test.each([
  '{"msg":"cut o',
  '{"msg":"a"} and more',
  '{not json}',
  '{"a":1,}',
  '{"a":"b" "c":1}',
  '{',
  `{"msg":"${'x'.repeat(20_000)}"}`,
])('%.30s is text', (line) => {
  expect(understand(line)).toEqual({ level: null, message: line, fields: [], format: 'text' });
});

test('each line of etcd has a message', () => {
  const lines = stamped('etcd').map(({ text }) => understand(text));
  expect(lines.filter((line) => line.format !== 'json' || line.message === '' || line.level === null)).toEqual([]);
  expect(lines.flatMap((line) => line.fields.map(([name]) => name))).not.toContain('ts');
});

test('time and level of PostgreSQL, Patroni and Redis go, who wrote it stays as fields', () => {
  expect(understand('2026-11-23 21:00:00.123 UTC [33] app@paws ERROR:  division by zero')).toEqual({
    level: 'error',
    message: 'division by zero',
    fields: [
      ['pid', '33'],
      ['session', 'app@paws'],
    ],
    format: 'text',
  });
  expect(understand('2026-11-23 21:00:00.123 UTC [33] app@paws DETAIL:  Key (id)=(1) already exists.')).toMatchObject({
    level: null,
    message: 'DETAIL:  Key (id)=(1) already exists.',
  });
  expect(understand('2026-11-23 21:25:48 INFO: no action.')).toMatchObject({
    level: 'info',
    message: 'no action.',
    fields: [],
  });
  expect(understand('7:M 23 Nov 2026 21:18:07.601 * Synchronization succeeded')).toMatchObject({
    level: 'notice',
    message: 'Synchronization succeeded',
    fields: [['role', 'master']],
  });
});

test.each([
  '2026-11-23 21:06:14 ERROR: ',
  '2026-11-23 21:00:00.123 UTC something else',
  '2026-11-23T21:00:00Z WARN a time of its own',
  '2026-11-23 21:00:00.123 UTC [33] no level',
  'redis: using 172.28.3.1:6379',
  '',
])('%j stays as it is', (line) => {
  expect(understand(line)).toMatchObject({ message: line, fields: [], format: 'text' });
});
