import { expect, test } from 'vitest';
import { levelOf } from '../../source/logs/levels.ts';
import { stamped } from './entries-fixture.ts';

/** How many lines have which level. */
function tally(name: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { text } of stamped(name)) {
    const level = String(levelOf(text));
    found[level] = (found[level] ?? 0) + 1;
  }
  return found;
}

test.each([
  ['postgres', { debug: 9, info: 11, notice: 1, warning: 1, error: 6, fatal: 1, null: 27 }],
  ['patroni', { info: 37, warning: 6, error: 9, fatal: 4, null: 61 }],
  ['patroni-traces', { info: 9, warning: 1, error: 9, fatal: 4, null: 86 }],
  ['etcd', { info: 34, warning: 2 }],
  ['redis', { notice: 39, warning: 4, null: 3 }],
  ['sentinel', { notice: 16, warning: 23, null: 1 }],
  ['backend', { null: 27 }],
])('levels of %s, as it wrote them', (name, expected) => {
  expect(tally(name)).toEqual(expected);
});

test.each([
  ['2026-11-23 21:00:00.123 UTC [7] LOG:  checkpoint complete', 'info'],
  ['2026-11-23 21:00:00.123 UTC [7] postgres@paws DEBUG3:  StartTransaction', 'debug'],
  ['2026-11-23 21:00:00.123 UTC [7] PANIC:  could not write', 'fatal'],
  ['< app > WARNING:  an other prefix', 'warning'],
  ["2026-11-23 21:00:00.123 UTC [7] postgres@paws STATEMENT:  select 'ERROR'", null],
  ['2026-11-23 21:00:00,123 CRITICAL: out of ideas', 'fatal'],
  ['7:M 23 Nov 2026 21:00:00.123 . verbose', 'debug'],
  ['7:M 23 Nov 2026 21:00:00.123 - 3 clients connected', 'info'],
  ['{"level":"warn","ts":"2026-11-23T21:00:00Z","msg":"slow"}', 'warning'],
  ['{"level":10,"msg":"trace"}', 'debug'],
  ['{"name":"app","hostname":"h","pid":1,"level":50,"msg":"bunyan","v":0}', 'error'],
  ['{"level":60,"msg":"the end"}', 'fatal'],
  ['{"severity":"NOTICE","message":"x"}', 'notice'],
  ['{"message":"a \\"level\\":\\"error\\" in a text","request":{"level":"error"},"lvl":"dbug"}', 'debug'],
  ['{"message":"not a level","request":{"level":"error"}}', null],
  ['{"level":{"nested":1}}', null],
  ['{"msg":"unknown","level":"loud"}', null],
  ['time="2026-11-23T21:00:00Z" level=warning msg="an error"', 'warning'],
  ['ts=2026-11-23T21:00:00Z lvl=eror msg=x', 'error'],
  ['W1123 21:00:00.123456       1 main.go:7] careful', 'warning'],
  ['F1123 21:00:00.123456       1 main.go:7] gone', 'fatal'],
  ['[WARN] disk', 'warning'],
  ['2026/11/23 21:00:00 [error] 7#7: *1 connect() failed', 'error'],
  ['ERROR: no such thing', 'error'],
  ['Error: no such thing', 'error'],
  ['TypeError: x is not a function', 'error'],
  ['psql: error: connection refused', 'error'],
  ['npm ERR! code 1', 'error'],
  ['2026-11-23T21:00:00.123Z  WARN 1 --- [main] com.example.Orders : slow', 'warning'],
  ['2026-11-23T21:00:00.123Z\tDEBUG\tmain.go:7\tstarting', 'debug'],
  ['\x1b[33mWARN\x1b[39m careful', 'warning'],
  ['Nov 23 21:00:00 host cron: ERROR failed', 'error'],
  ['Traceback (most recent call last):', 'error'],
  ['postgres: lost 172.28.2.2:5432: read ECONNRESET', null],
  ['the request ended with an ERROR', null],
  ['no errors, 0 warnings [error] pages built', null],
  ['INFORMATION about fatal errors', null],
  ['', null],
] as const)('%j is %s', (line, level) => {
  expect(levelOf(line)).toBe(level);
});
