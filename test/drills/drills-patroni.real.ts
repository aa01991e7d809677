import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import type { Report } from '../../source/stack/report.ts';
import { drill, drilled, leftovers, resultOf, startDrill } from '../helpers/drill.ts';
import { ensureStack, healthy, project, status } from '../helpers/stack.ts';
import { callOutsider, longestGap } from './outsider.ts';

beforeAll(ensureStack);

type Run = Awaited<ReturnType<typeof drilled>>;
const passed = { code: 0, report: { verdict: 'passed', healed: true, stack: project } };
const nothingLost = { lost: 0, unexpected: 0 };

describe('a killed leader', () => {
  let run: Run;
  let acks: readonly number[];
  let after: Report;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'paws-top-drill-'));
    const outsider = await callOutsider();
    try {
      run = await drilled('patroni-leader-kill', '--junit', join(folder, 'x.xml'), '--html', join(folder, 'x.html'));
      after = (await status()).report;
      acks = await outsider.stop();
    } finally {
      await outsider.remove();
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('is replaced within 25 s, nothing is lost, and everything is healed', () => {
    expect(run).toMatchObject(passed);
    const { phases, writes, leaderBefore, leaderAfter } = resultOf(run.report, 'patroni');
    expect(phases.writableMs).toBeLessThanOrEqual(25_000);
    expect(writes).toMatchObject({ ...nothingLost, durability: expect.stringMatching(/^synchronous/) });
    expect(run.report.target).toBe(leaderBefore);
    expect(leaderAfter).not.toBe(leaderBefore);
    const { detectedMs, electedMs, writableMs, redundantMs } = phases;
    const order = [0, detectedMs, electedMs, writableMs, redundantMs];
    expect(order).toEqual(order.map(Number).sort((a, b) => a - b));
  });

  test('is back, and so are the others, as status sees it', () => {
    expect(after.verdict.level).toBe('ok');
    expect(after.patroni).toMatchObject({ leader: resultOf(run.report, 'patroni').leaderAfter, writable: true });
    expect(after.patroni?.members.map(({ name, state }) => [name, state]).sort()).toEqual(
      ['patroni1', 'patroni2', 'patroni3'].map((name) => [
        name,
        name === after.patroni?.leader ? 'running' : 'streaming',
      ]),
    );
  });

  test('leaves the same gap in the inserts of an outsider, within 250 ms', () => {
    const { outageMs } = resultOf(run.report, 'patroni');
    const seen = longestGap(acks, Date.parse(run.report.injectedAt ?? ''));
    process.stdout.write(`outage by the report ${outageMs} ms, by the outsider ${seen} ms\n`);
    expect(outageMs).toBeGreaterThan(10_000);
    expect(Math.abs(seen - (outageMs ?? 0))).toBeLessThanOrEqual(250);
  });

  test('is told in a JUnit file that the schema takes, and in a page', async () => {
    const schema = await readFile(join(import.meta.dirname, '..', 'fixtures', 'junit.xsd'), 'utf8');
    const xml = await readFile(join(folder, 'x.xml'), 'utf8');
    expect(await validateXML({ xml, schema })).toMatchObject({ valid: true });
    expect(xml).toContain('classname="paws-top.patroni-leader-kill"');
    const page = await readFile(join(folder, 'x.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/i);
    expect(page).toContain(run.report.why);
  });
});

test.each(['patroni-leader-stop', 'patroni-switchover'])('%s: writable within 5 s, nothing lost', async (id) => {
  const run = await drilled(id);
  expect(run).toMatchObject(passed);
  const { phases, outageMs, writes, leaderBefore, leaderAfter } = resultOf(run.report, 'patroni');
  expect(phases.writableMs).toBeLessThanOrEqual(5_000);
  expect(outageMs).toBeLessThanOrEqual(5_000);
  expect(writes).toMatchObject(nothingLost);
  expect(leaderAfter).not.toBe(leaderBefore);
});

describe.each(['patroni-leader-pause', 'patroni-leader-partition'])('%s', (id) => {
  let run: Run;
  let second: Awaited<ReturnType<typeof drill>>;
  let pid: number;
  beforeAll(async () => {
    const first = startDrill([id, '--yes', '--json']);
    ({ pid } = first);
    await first.says(/^writing:/m);
    second = await drill('redis-switchover');
    const { report, ...rest } = await first.finished;
    if (report === null) throw new Error(`no report, exit ${rest.code}:\n${rest.stderr}`);
    run = { ...rest, report };
  });

  test('writable within 28 s, nothing lost, and what went through the old primary is told', () => {
    expect(run).toMatchObject(passed);
    const { phases, writes } = resultOf(run.report, 'patroni');
    expect(phases.writableMs).toBeLessThanOrEqual(28_000);
    expect(writes).toMatchObject(nothingLost);
    const { attempted, acked, failed, indeterminate } = writes.viaOldPrimary;
    expect(attempted).toBeGreaterThan(0);
    expect(acked + failed + indeterminate).toBe(attempted);
    expect(failed + indeterminate).toBeGreaterThan(0);
  });

  test('commits wait for standbys that are out of reach, so that the old primary acknowledges none', async () => {
    // But for what was on its way just then.
    expect(resultOf(run.report, 'patroni').writes.viaOldPrimary.acked).toBeLessThanOrEqual(2);
  });

  test('a second drill meanwhile is not run, and says who is at it', () => {
    expect(second.code).toBe(2);
    expect(second.report?.verdict).toBe('not-run');
    expect(second.report?.why).toContain(`process ${pid} is running`);
  });
});

test('patroni-postgres-crash: measured, and the same member leads as before', async () => {
  const run = await drilled('patroni-postgres-crash');
  expect(run).toMatchObject(passed);
  const { phases, outageMs, writes, leaderBefore, leaderAfter } = resultOf(run.report, 'patroni');
  expect(leaderAfter).toBe(leaderBefore);
  expect(phases.writableMs).toBeGreaterThan(0);
  expect(outageMs).toBeGreaterThan(250);
  expect(writes).toMatchObject(nothingLost);
});

test('nothing is left behind', async () => {
  await healthy();
  expect(await leftovers()).toEqual([]);
});
