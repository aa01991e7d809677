import { expect, test } from 'vitest';
import {
  openPatroniProbe,
  parseCluster,
  parseHistory,
  parsePatroni,
  parseSettings,
} from '../../source/probes/patroni.ts';
import { accessTo, startServer } from './fake-server.ts';
import { fixture } from './fixture.ts';

type Answer = { readonly status: number; readonly body: Record<string, unknown> };
type Answers = { readonly own: Answer; readonly cluster: Answer; readonly history: Answer };
const read = (situation: string) => fixture<Answers>('patroni', situation);

test('a leader is a primary that serves streams, the sync standby among them', () => {
  const claim = parsePatroni(read('healthy-leader').own.body);
  expect(claim).toMatchObject({ scope: 'paws', version: '4.0.7', role: 'primary', state: 'running', timeline: 1 });
  expect(claim.streams.map((stream) => stream.syncState).sort()).toEqual(['async', 'sync']);
  expect(claim.receivedLsn).toBeGreaterThan(1e6);
  expect(claim.replayedLsn).toBe(claim.receivedLsn);
  expect(claim.dcsLastSeen).toBeGreaterThan(Date.UTC(2020));
  expect(claim).toMatchObject({
    paused: false,
    clusterUnlocked: false,
    failsafe: false,
    pendingRestart: false,
    tags: {},
  });
});

test('a replica streams, and only the sync standby is one', () => {
  const replica = parsePatroni(read('healthy-replica').own.body);
  expect(replica).toMatchObject({ role: 'replica', replicationState: 'streaming', syncStandby: false, streams: [] });
  expect(parsePatroni(read('sync-standby').own.body)).toMatchObject({ role: 'replica', syncStandby: true });
});

test('the cluster as a member sees it has one leader, and lag where there is one to have', () => {
  const cluster = parseCluster(read('healthy-leader').cluster.body);
  const roles = cluster?.members.map((member) => member.role).sort();
  expect(roles).toEqual(['leader', 'replica', 'sync_standby']);
  expect(cluster?.members.find((member) => member.role === 'leader')?.lagBytes).toBeNull();
  expect(cluster?.members.find((member) => member.role === 'replica')?.lagBytes).toBe(0);
  expect(cluster).toMatchObject({ paused: false, scheduledSwitchover: null });
});

test('a starting member answers 503 with a body that counts', () => {
  const { own } = read('starting');
  expect(own.status).toBe(503);
  expect(parsePatroni(own.body).state).toBe('starting');
});

test('Patroni 3 says master, and is taken at its word', () => {
  const { own, cluster, history } = read('after-source-3x-master');
  expect(parsePatroni(own.body)).toMatchObject({
    role: 'master',
    version: '3.2.0',
    pendingRestart: true,
    tags: { clonefrom: true },
  });
  expect(parseCluster(cluster.body)?.members.map((member) => member.role)).toEqual(['leader', 'replica']);
  expect(parseHistory(history.body)).toEqual([
    {
      timeline: 1,
      reason: 'no recovery target specified',
      at: Date.UTC(2024, 4, 12, 20, 18, 44, 317),
      newLeader: 'patroni2',
    },
    {
      timeline: 2,
      reason: 'no recovery target specified',
      at: Date.UTC(2024, 4, 12, 21, 12, 3, 1),
      newLeader: 'patroni1',
    },
    { timeline: 3, reason: 'no recovery target specified', at: null, newLeader: null },
  ]);
});

test('pause and a planned switchover are read', () => {
  const { own, cluster } = read('after-docs-paused');
  expect(parsePatroni(own.body).paused).toBe(true);
  expect(parseCluster(cluster.body)).toMatchObject({
    paused: true,
    scheduledSwitchover: { at: '2026-11-24T03:00:00+00:00', from: 'patroni3', to: 'patroni1' },
  });
});

test('without a leader the cluster is unlocked and a lag that is unknown is null', () => {
  const { own, cluster } = read('after-docs-no-leader');
  expect(parsePatroni(own.body)).toMatchObject({
    clusterUnlocked: true,
    failsafe: true,
    timeline: null,
    dcsLastSeen: null,
  });
  const members = parseCluster(cluster.body)?.members ?? [];
  expect(members.map((member) => member.lagBytes)).toEqual([null, null]);
  expect(members.some((member) => member.role === 'leader')).toBe(false);
});

test.each([null, [], 'ok', { state: 'running' }, { members: [] }])('%j is not Patroni', (body) => {
  expect(() => parsePatroni(body, 'patroni1')).toThrow(/^patroni1 answered something that cannot be read/);
});

/** A Patroni as it speaks: HTTP/1.0 without a length, each connection ended. `null` hangs. */
async function serve(answers: (path: string) => Answer | null) {
  const asked: string[] = [];
  const server = await startServer((socket) => {
    socket.once('data', (request: Buffer) => {
      const path = request.toString().split(' ')[1] ?? '';
      asked.push(path);
      const answer = answers(path);
      if (answer === null) return;
      socket.end(
        `HTTP/1.0 ${answer.status} Whatever\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(answer.body)}`,
      );
    });
  });
  return { server, asked };
}

const by = (answers: Answers) => (path: string) =>
  path === '/cluster' ? answers.cluster : path === '/history' ? answers.history : answers.own;

test('history is asked at first and when the timeline has changed', async () => {
  const before = read('healthy-leader');
  const own = { status: 200, body: { ...before.own.body, timeline: 2 } };
  let current = before;
  const { server, asked } = await serve((path) => by(current)(path));
  const probe = openPatroniProbe(accessTo(server.port, 'patroni'), 1000);
  const histories = () => asked.filter((path) => path === '/history').length;

  const first = await probe.ask();
  expect(first.cluster?.members).toHaveLength(3);
  expect(first.history).toEqual([]);
  await probe.ask();
  expect(histories()).toBe(1);
  current = {
    ...before,
    own,
    history: { status: 200, body: [[1, 25, 'why', '2026-11-23T15:20:58+00:00', 'patroni2']] } as unknown as Answer,
  };
  expect((await probe.ask()).history).toMatchObject([{ timeline: 1, newLeader: 'patroni2' }]);
  expect(histories()).toBe(2);
  probe.close();
});

test('a member whose cluster view hangs, as without a DCS, still says what it is itself', async () => {
  const answers = read('after-docs-no-leader');
  const { server } = await serve((path) => (path === '/cluster' ? null : by(answers)(path)));
  const probe = openPatroniProbe(accessTo(server.port, 'patroni'), 400);
  const startedAt = performance.now();
  const claim = await probe.ask();
  expect(performance.now() - startedAt).toBeLessThan(400);
  expect(claim).toMatchObject({ name: 'patroni2', clusterUnlocked: true, cluster: null });
  probe.close();
  await expect.poll(server.open).toBe(0);
});

test('a member whose cluster and history both hang answers in time, is spared for a while, and holds no socket', async () => {
  const answers = read('healthy-replica');
  let hangs = true;
  const { server, asked } = await serve((path) => (hangs && path !== '/health' ? null : by(answers)(path)));
  const probe = openPatroniProbe(accessTo(server.port, 'patroni'), 400);
  expect(await probe.ask()).toMatchObject({ role: 'replica', cluster: null, history: null });
  await expect.poll(server.open).toBe(0);

  hangs = false;
  const before = asked.length;
  for (let ask = 0; ask < 3; ask++) expect((await probe.ask()).cluster).toBeNull();
  expect(asked.slice(before)).toEqual(['/health', '/health', '/health']);
  probe.close();
});

test('a history that hangs delays one answer, not each, and does not make it late', async () => {
  const answers = read('healthy-leader');
  const { server, asked } = await serve((path) => (path === '/history' ? null : by(answers)(path)));
  const probe = openPatroniProbe(accessTo(server.port, 'patroni'), 400);
  expect((await probe.ask()).cluster?.members).toHaveLength(3);
  await probe.ask();
  await probe.ask();
  expect(asked.filter((path) => path === '/history')).toHaveLength(1);
  await expect.poll(server.open).toBe(0);
  probe.close();
});

test('the cluster is asked for every third time, and when the member itself has changed', async () => {
  const answers = read('healthy-replica');
  let own = answers.own;
  const { server, asked } = await serve((path) => by({ ...answers, own })(path));
  const probe = openPatroniProbe(accessTo(server.port, 'patroni'), 1000);
  const clusters = () => asked.filter((path) => path === '/cluster').length;
  for (let ask = 0; ask < 5; ask++) expect((await probe.ask()).cluster?.members).toHaveLength(3);
  expect(clusters()).toBe(2);
  own = { ...own, body: { ...own.body, role: 'primary' } };
  await probe.ask();
  expect(clusters()).toBe(3);
  probe.close();
});

test('an answer that is too large to be one is refused', async () => {
  const own = { status: 200, body: { junk: 'x'.repeat(2 ** 21) } };
  const { server } = await serve(() => own);
  const probe = openPatroniProbe(accessTo(server.port, 'patroni'), 1000);
  await expect(probe.ask()).rejects.toMatchObject({ kind: 'garbage', message: expect.stringContaining('1 MiB') });
  probe.close();
});

test('a proxy that wants credentials is unauthorized, a page of HTML is garbage', async () => {
  const { server } = await serve(() => ({ status: 401, body: {} }));
  const probe = openPatroniProbe(accessTo(server.port, 'patroni'), 1000);
  await expect(probe.ask()).rejects.toMatchObject({ kind: 'unauthorized' });
  probe.close();

  const proxy = await startServer((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>'));
  });
  const other = openPatroniProbe(accessTo(proxy.port, 'patroni'), 1000);
  await expect(other.ask()).rejects.toMatchObject({ kind: 'garbage', message: expect.stringContaining('not JSON') });
  other.close();
});

test('the settings are read with Patroni’s defaults, and a body that is none gives none', () => {
  expect(parseSettings({ ttl: 20, synchronous_mode: true })).toEqual({
    synchronousMode: 'on',
    maximumLagBytes: 1_048_576,
    ttlMs: 20_000,
    loopWaitMs: 10_000,
    retryTimeoutMs: 10_000,
    primaryStartTimeoutMs: 300_000,
    failsafe: false,
  });
  const own = { ttl: 30, loop_wait: 2, retry_timeout: 5, primary_start_timeout: 60, failsafe_mode: true };
  expect(parseSettings({ ...own, synchronous_mode: 'quorum', maximum_lag_on_failover: 5 })).toEqual({
    synchronousMode: 'quorum',
    maximumLagBytes: 5,
    ttlMs: 30_000,
    loopWaitMs: 2_000,
    retryTimeoutMs: 5_000,
    primaryStartTimeoutMs: 60_000,
    failsafe: true,
  });
  expect(parseSettings({ ttl: 30 })?.synchronousMode).toBe('off');
  expect(parseSettings({})).toBeNull();
  expect(parseSettings(null)).toBeNull();
});
