import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { changePatroni, patroniWays } from '../../source/actions/patroni-rest.ts';
import type { Diagnosis } from '../../source/doctor/types.ts';
import { connectEngine } from '../../source/engine/connect.ts';
import { discover } from '../../source/engine/discovery.ts';
import type { Access } from '../../source/engine/types.ts';
import type { Command } from '../../source/probes/redis-client.ts';
import { openRedisSession } from '../../source/probes/redis-session.ts';
import { runCli } from '../helpers/cli.ts';
import { ensureStack, eventually } from '../helpers/stack.ts';
import { ailEtcd, project as ailing, ailingStack } from './ailing-stack.ts';

const project = process.env.PAWS_TEST_PROJECT ?? 'paws';
let access: readonly Access[];

beforeAll(async () => {
  if (project === 'paws') await ensureStack();
  const engine = await connectEngine({ host: null, env: process.env });
  access = (await discover(engine, await engine.list(), { project })).access;
  engine.close();
});

const way = (name: string): Access => {
  const found = access.find(({ member }) => member.name === name);
  if (found === undefined) throw new Error(`${name} is not there`);
  return found;
};

async function ask(name: string, ...commands: readonly Command[]): Promise<void> {
  const session = openRedisSession(way(name), 2_000);
  await session.ask(...commands).finally(() => session.close());
}

/** Changes a Redis or a Sentinel until the test is over. */
async function setting(name: string, commands: readonly Command[], back: readonly Command[]): Promise<void> {
  onTestFinished(() => ask(name, ...back), 10_000);
  await ask(name, ...commands);
}

const patch = (body: object) =>
  changePatroni(patroniWays(access)[0], { method: 'PATCH', path: '/config', body }, 5_000);

async function examine(of: string): Promise<{ diagnosis: Diagnosis; found: (id: string) => string[]; ms: number }> {
  const { stdout, stderr, ms } = await runCli(['doctor', '--json', '--project', of]);
  if (stdout === '') throw new Error(stderr);
  const diagnosis = JSON.parse(stdout) as Diagnosis;
  const found = (id: string) =>
    diagnosis.findings.filter(({ check }) => check === id).map(({ subject, text }) => `${subject ?? ''}: ${text}`);
  return { diagnosis, found, ms };
}

/** Asks again until it is found: settings take a round of Patroni to reach Postgres. */
const finds = (id: string, text: RegExp) =>
  eventually(async () => {
    const { found, diagnosis } = await examine(project);
    if (found(id).some((one) => text.test(one))) return diagnosis;
    return null;
  }, 15_000);

async function connectionsNow(): Promise<number> {
  const { stdout } = await runCli(['status', '--json', '--project', project]);
  const { patroni } = JSON.parse(stdout) as { patroni: { members: { postgres: { maxConnections: number } }[] } };
  return patroni.members[0]?.postgres.maxConnections ?? 0;
}

test('settings of Patroni, changed on the living cluster, are found, and found no more when they are put back', async () => {
  // A run that was cut short may have left another value than ours.
  const connections = await connectionsNow();
  const unset = { pause: null, retry_timeout: 5, synchronous_mode: true };
  const postgresql = { use_pg_rewind: true, parameters: { max_connections: connections, synchronous_commit: null } };
  onTestFinished(async () => {
    await patch({ ...unset, postgresql });
    // Its sync standby is named anew.
    await runCli(['status', '--wait', '--timeout', '30', '--project', project]);
  }, 40_000);
  await patch({
    retry_timeout: 10,
    postgresql: { use_pg_rewind: false, parameters: { max_connections: connections + 1, synchronous_commit: 'off' } },
  });
  const waits = new RegExp(`it waits for a restart: max_connections ${connections} → ${connections + 1}$`);
  const first = await finds('patroni.pending-restart', waits);
  const ids = new Set(first.findings.map(({ check }) => check));
  expect([...ids]).toEqual(
    expect.arrayContaining([
      'patroni.ttl-rule',
      'patroni.rewind',
      'patroni.synchronous-commit',
      'patroni.pending-restart',
    ]),
  );

  await patch({ pause: true, synchronous_mode: false });
  const second = await finds('patroni.async', /may lose 1\.0M of WAL \(maximum_lag_on_failover\)/);
  expect(second.findings.map(({ check }) => check)).toContain('patroni.paused');

  await patch({ ...unset, postgresql });
  await eventually(async () => {
    const { diagnosis } = await examine(project);
    return diagnosis.findings.every(({ check }) => !check.startsWith('patroni.')) || null;
  }, 20_000);
});

test('settings of Redis and of the Sentinels, changed on the living cluster, are found', async () => {
  const masters = await eventually(async () => {
    const { stdout } = await runCli(['status', '--json', '--project', project]);
    const { redis } = JSON.parse(stdout) as {
      redis: { masterName: string; master: string; members: { name: string }[] };
    };
    return redis.master === null ? null : redis;
  }, 10_000);
  const [replica = '', other = ''] = masters.members.map(({ name }) => name).filter((name) => name !== masters.master);
  const { password } = way(replica).credentials;
  const master = masters.masterName;
  await setting(
    replica,
    [
      ['config', 'set', 'masterauth', ''],
      ['config', 'set', 'replica-read-only', 'no'],
      ['config', 'set', 'maxmemory-policy', 'allkeys-lru'],
      ['config', 'set', 'replica-priority', '0'],
    ],
    [
      ['config', 'set', 'masterauth', password ?? ''],
      ['config', 'set', 'replica-read-only', 'yes'],
      ['config', 'set', 'maxmemory-policy', 'noeviction'],
      ['config', 'set', 'replica-priority', '100'],
    ],
  );
  await setting(other, [['config', 'set', 'replica-priority', '0']], [['config', 'set', 'replica-priority', '100']]);
  await setting(
    'sentinel2',
    [['sentinel', 'set', master, 'quorum', '5', 'down-after-milliseconds', '70000']],
    [['sentinel', 'set', master, 'quorum', '2', 'down-after-milliseconds', '2000']],
  );

  const { found } = await examine(project);
  expect(found('redis.masterauth')).toEqual([`${replica}: it has no masterauth, but the nodes want a password`]);
  expect(found('redis.replica-writable')).toEqual([`${replica}: it takes writes also as a replica`]);
  expect(found('redis.eviction')).toEqual([`${replica}: it drops keys when its memory is full (allkeys-lru)`]);
  expect(found('redis.no-candidate')).toHaveLength(1);
  expect(found('sentinel.quorum')).toEqual([
    expect.stringContaining(`quorum 5 for ${master} on sentinel2, of 3 voters`),
  ]);
  expect(found('sentinel.timings')).toHaveLength(2);
  expect(found('sentinel.settings-differ')).toHaveLength(2);
});

test('what nobody would do to the real stack is found on one of its own', async () => {
  onTestFinished(await ailingStack(), 30_000);
  await ailEtcd();
  const { found, diagnosis } = await eventually(async () => {
    const examined = await examine(ailing);
    const knowEachOther = examined.found('sentinel.even-voters').length > 0;
    return knowEachOther && examined.found('containers.restart-loop').length > 0 ? examined : null;
  }, 30_000);

  expect(found('containers.restart-loop')).toEqual([
    expect.stringMatching(/^paws-ailing-loop-1: it starts again and again .*: Sentinel cannot resolve the host name/),
  ]);
  expect(found('sentinel.host-names')).toEqual(
    expect.arrayContaining([
      'sentinel1: it knows the master of open as redis3',
      'sentinel2: it takes names for addresses',
    ]),
  );
  const ids = [...new Set(diagnosis.findings.map(({ check }) => check))];
  expect(ids).toEqual(
    expect.arrayContaining([
      ...['etcd.clusters', 'etcd.even-voters', 'etcd.learner', 'etcd.space', 'etcd.term-churn'],
      ...['patroni.patronictl', 'redis.masterauth', 'redis.persistence', 'redis.requirepass'],
      ...['sentinel.auth-pass', 'sentinel.config-file-mount', 'sentinel.config-lost', 'sentinel.even-voters'],
      ...['sentinel.few', 'sentinel.quorum', 'sentinel.timings'],
    ]),
  );
  expect(found('patroni.patronictl')).toEqual([
    'patroni1: patronictl does not start: the Python module cdiff is missing',
  ]);
  expect(JSON.stringify(diagnosis)).not.toContain('ailing-secret');
});
