import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { junit } from '../../source/drills/report-junit.ts';
import type { DrillReport } from '../../source/drills/types.ts';
import * as reports from '../helpers/drill-reports.ts';

const schema = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'junit.xsd'), 'utf8');
const validate = async (xml: string) => {
  const { valid, errors } = await validateXML({ xml, schema });
  return { valid, errors: errors.map(({ message }) => message) };
};
const nothingWrong = { valid: true, errors: [] };
const { patroniLeaderKill, redisFailover, inconclusive, notRun, cascade, failed, runs } = reports;
const each = { patroniLeaderKill, redisFailover, inconclusive, notRun, cascade, failed };

test.each(Object.entries(each))('%s is valid by the schema', async (_, report) => {
  expect(await validate(junit([report]))).toEqual(nothingWrong);
});

test('all of them in one file are valid, and the sums are right', async () => {
  const xml = junit([...Object.values(each), ...runs]);
  expect(await validate(xml)).toEqual(nothingWrong);
  expect(xml).toMatch(/<testsuites name="paws-top drill" tests="23" failures="2" errors="1" time="[0-9]+\.[0-9]{3}">/);
  expect(xml.match(/<testcase /g)).toHaveLength(23);
  expect(xml.match(/<failure /g)).toHaveLength(2);
});

test('the validator tells a wrong file', async () => {
  const wrong = await validate(junit([patroniLeaderKill]).replace('tests="2"', 'tests="two"'));
  expect(wrong).toEqual({ valid: false, errors: expect.arrayContaining([expect.stringContaining('tests')]) });
});

test('each system is a case with its recovery as the time, and the healing is one', () => {
  const xml = junit([cascade]);
  for (const [name, time] of [
    ['patroni', '27.118'],
    ['redis', '3.318'],
    ['etcd', '0.148'],
    ['healed', '0.000'],
  ])
    expect(xml).toContain(`<testcase name="${name}" classname="paws-top.cascade" time="${time}"`);
  expect(xml).toContain('lost: cascademn7m01-000058, acknowledged by redis1 at -0.048 s');
});

test('what failed is a failure with its reasons, also when it is the healing alone', () => {
  expect(junit([failed])).toContain(
    '<failure message="patroni writable 71.3 s after the fault, target 60 s; patroni: a new leader',
  );
  const unhealed: DrillReport = {
    ...patroniLeaderKill,
    healed: false,
    verdict: 'failed',
    why: 'Not everything is healed.',
  };
  expect(junit([unhealed])).toMatch(
    /tests="2" failures="1" errors="0"[\s\S]*<testcase name="healed"[^>]*>\n +<failure /,
  );
});

test('inconclusive is an error, not run is skipped, and neither is green', () => {
  expect(junit([inconclusive])).toMatch(
    /failures="0" errors="1"[\s\S]*<testcase name="patroni"[^>]*>\n +<error message="patroni: nobody could read/,
  );
  expect(junit([notRun])).toMatch(
    /skipped="1"[\s\S]*<testcase name="verdict"[^>]*>\n +<skipped message="etcd3 is missing/,
  );
  const odd: DrillReport = { ...patroniLeaderKill, verdict: 'failed', why: 'for a reason of its own' };
  expect(junit([odd])).toMatch(/<testcase name="verdict"[^>]*>\n +<failure message="for a reason of its own"/);
});

test('runs of the same drill are told apart', () => {
  const xml = junit(runs);
  expect(xml).toContain('<testsuite name="patroni-leader-kill (run 1)"');
  expect(xml).toContain('<testcase name="patroni (run 5)"');
});

test('text from outside cannot break out, and what XML has no place for is gone', async () => {
  const hostile = "</system-out>]]>&amp;\"<x a='1'>\u0000\u0007\u001b[31mred\u001b[0m\ud800\ufffe🐘";
  const xml = junit([
    {
      ...failed,
      target: hostile,
      why: hostile,
      timeline: [{ atMs: 0, source: 'docker', text: hostile }],
      systems: failed.systems.map((result) => ({ ...result, failures: [hostile] })),
    },
  ]);
  expect(await validate(xml)).toEqual(nothingWrong);
  expect(xml).toContain("&lt;/system-out&gt;]]&gt;&amp;amp;&quot;&lt;x a='1'&gt;red🐘");
});
