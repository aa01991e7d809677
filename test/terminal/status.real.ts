import { beforeAll, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.ts';
import { broken, containerOf, ensureStack, eventually, healthy, ours, status } from '../helpers/stack.ts';

beforeAll(ensureStack);

test('the healthy full stack, as JSON', async () => {
  await healthy();
  const { code, report } = await status();
  expect(code).toBe(0);
  expect(report.verdict).toEqual({ level: 'ok', reasons: [] });
  expect(report).toMatchObject({ schema: 1, stack: 'paws', profile: 'full' });
  expect(report.containers.filter(({ state }) => state === 'running')).toHaveLength(13);

  const { etcd, patroni, redis, sentinel } = report;
  expect(etcd?.quorum).toEqual({ size: 3, needed: 2, healthy: 3, canLose: 1 });
  expect(etcd?.members.filter(({ leader }) => leader)).toHaveLength(1);
  expect(new Set(etcd?.members.map(({ term }) => term))).toEqual(new Set([etcd?.term]));

  expect(patroni?.writable).toBe(true);
  expect(patroni?.members.map(({ role }) => role).sort()).toEqual(['leader', 'replica', 'sync_standby']);

  expect(redis?.members.map(({ role }) => role).sort()).toEqual(['master', 'slave', 'slave']);

  expect(sentinel?.quorum).toMatchObject({ size: 3, healthy: 3 });
  expect(new Set(sentinel?.members.map(({ masterSeen }) => masterSeen))).toEqual(new Set([redis?.master]));

  const readings = [etcd, patroni, redis, sentinel].flatMap((system) => system?.members.map((row) => row.reading));
  expect(readings).toEqual(Array(12).fill('ok'));
});

test('no password of the stack is in what status prints', async () => {
  const { Config } = await (await containerOf('patroni1')).inspect();
  const secrets = Config.Env.flatMap((entry) => (/PASSWORD=(.+)/.exec(entry)?.[1] ? [entry.split('=')[1] ?? ''] : []));
  expect(secrets.length).toBeGreaterThan(3);
  const printed = await Promise.all([runCli(['status', '--json', ...ours]), runCli(['status', ...ours])]);
  for (const { stdout, stderr } of printed) {
    for (const secret of secrets) expect(`${stdout}${stderr}`).not.toContain(secret);
  }
});

test('a killed replica: exit 1 within 2 s, named; started again: exit 0 and nothing else done by hand', async () => {
  const replica = (await status()).report.patroni?.members.find(({ role }) => role === 'replica')?.name ?? '';
  const undo = await broken('kill', replica);
  const killed = performance.now();
  const { code, stdout } = await eventually(async () => {
    const result = await runCli(['status', ...ours]);
    return result.code === 1 ? result : null;
  }, 2_000);
  expect(performance.now() - killed).toBeLessThan(2_000);
  expect(code).toBe(1);
  expect(stdout).toContain(replica);
  await undo();
  await healthy();
});

test('two etcd members stopped: exit 2, no quorum; started again: exit 0', async () => {
  const undoOne = await broken('stop', 'etcd1');
  const undoOther = await broken('stop', 'etcd2');
  const { stdout } = await eventually(async () => {
    const result = await runCli(['status', ...ours]);
    return result.code === 2 ? result : null;
  }, 10_000);
  expect(stdout).toMatch(/no quorum/i);
  await Promise.all([undoOne(), undoOther()]);
  await healthy();
});
