import { beforeAll, expect, test } from 'vitest';
import { connectEngine } from '../../source/engine/connect.ts';
import { discover } from '../../source/engine/discovery.ts';
import type { Access } from '../../source/engine/types.ts';
import { type Claims, openProbe } from '../../source/probes/probes.ts';
import { ensureStack } from '../helpers/stack.ts';

const deadlineMs = 1000;
let ways: readonly Access[];

beforeAll(async () => {
  await ensureStack();
  const engine = await connectEngine({ host: null, env: process.env });
  ways = (await discover(engine, await engine.list(), { project: 'paws' })).access;
  engine.close();
});

/** Asks all members of a system twice, over one connection each; the second answers. */
async function askAll<K extends keyof Claims>(probed: K): Promise<readonly Claims[K][]> {
  const system = probed === 'postgres' ? 'patroni' : probed;
  const members = ways.filter((access) => access.member.system === system);
  expect(members).toHaveLength(3);
  return Promise.all(
    members.map(async (access) => {
      const probe = await openProbe(probed, access, deadlineMs);
      await probe.ask();
      const startedAt = performance.now();
      const claim = await probe.ask();
      expect(performance.now() - startedAt).toBeLessThan(deadlineMs);
      probe.close();
      return claim;
    }),
  );
}

test('three etcd members believe in one leader, in one term', async () => {
  const claims = await askAll('etcd');
  expect(new Set(claims.map((claim) => claim.leaderId)).size).toBe(1);
  expect(new Set(claims.map((claim) => claim.term)).size).toBe(1);
  expect(new Set(claims.map((claim) => claim.memberId)).size).toBe(3);
  for (const claim of claims) {
    expect(claim).toMatchObject({ learner: false, alarms: [], version: expect.stringMatching(/^3\.\d+\.\d+$/) });
    expect(claim.roster?.map((peer) => peer.memberId)).toContain(claim.leaderId);
    expect(claim.dbBytes).toBeGreaterThan(0);
  }
});

test('one Patroni member leads, and every member sees the same cluster', async () => {
  const claims = await askAll('patroni');
  const leaders = claims.filter((claim) => claim.role === 'primary');
  expect(leaders).toHaveLength(1);
  expect(claims.filter((claim) => claim.syncStandby)).toHaveLength(1);
  for (const claim of claims) {
    expect(claim.cluster?.members.find((member) => member.role === 'leader')?.name).toBe(leaders[0]?.name);
    expect(claim.history).not.toBeNull();
    expect(Math.abs((claim.dcsLastSeen ?? 0) - Date.now())).toBeLessThan(60_000);
  }
});

test('one Postgres is writable, the others replay what it writes', async () => {
  const claims = await askAll('postgres');
  const primaries = claims.filter((claim) => !claim.inRecovery);
  expect(primaries).toMatchObject([{ readOnly: false }]);
  expect(primaries[0]?.replication.map((stream) => stream.state)).toEqual(['streaming', 'streaming']);
  for (const claim of claims) {
    expect(claim.tps).toBeNull(); // two asks in a row are too close for a rate
    expect(claim.sizeBytes).toBeGreaterThan(1e6);
    expect(claim.connections).toBeGreaterThan(0);
    expect(claim.maxConnections).toBeGreaterThan(claim.connections);
  }
});

test('Postgres has a rate once its statistics have had a second', async () => {
  const access = ways.find(({ member }) => member.system === 'patroni');
  if (access === undefined) throw new Error('no Patroni member');
  const probe = await openProbe('postgres', access, deadlineMs);
  await expect.poll(async () => (await probe.ask()).tps, { interval: 200, timeout: 5000 }).toBeGreaterThanOrEqual(0);
  probe.close();
});

test('one Redis is master and its replicas are linked to it', async () => {
  const claims = await askAll('redis');
  expect(claims.filter((claim) => claim.role === 'master')).toMatchObject([{ replicas: [{}, {}] }]);
  expect(claims.filter((claim) => claim.link === 'up')).toHaveLength(2);
  expect(new Set(claims.map((claim) => claim.masterAddress).filter((address) => address !== null)).size).toBe(1);
});

test('three Sentinels agree on the master and could fail over', async () => {
  const claims = await askAll('sentinel');
  expect(new Set(claims.map((claim) => claim.masters[0]?.address)).size).toBe(1);
  expect(new Set(claims.map((claim) => claim.myId)).size).toBe(3);
  for (const claim of claims) {
    expect(claim.tilt).toBe(false);
    expect(claim.masters).toMatchObject([{ quorum: 2, sdown: false, odown: false, usable: { ok: true } }]);
    expect(claim.masters[0]?.sentinels).toHaveLength(2);
    expect(claim.masters[0]?.replicas).toHaveLength(2);
  }
});

test.each(['etcd', 'redis', 'sentinel'] as const)('%s: nothing is left open after close', async (probed) => {
  const before = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
  await askAll(probed);
  await expect
    .poll(() => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length)
    .toBeLessThanOrEqual(before);
});
