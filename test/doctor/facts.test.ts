import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { parseEtcdMetrics } from '../../source/doctor/facts-etcd.ts';
import { readLastLines } from '../../source/doctor/facts-lines.ts';
import { createUnread } from '../../source/doctor/facts-unread.ts';
import { toDetails } from '../../source/engine/details.ts';
import type { ContainerDetails } from '../../source/engine/types.ts';
import { StackError } from '../../source/stack/errors.ts';
import { noControl } from '../helpers/fake-control.ts';
import { fakeEngine } from '../helpers/fake-engine.ts';

const now = Date.UTC(2026, 0, 15);

/** As etcd writes them: cumulative, seconds. */
const metrics = (counts: Readonly<Record<string, number>>): string =>
  [
    '# TYPE etcd_disk_wal_fsync_duration_seconds histogram',
    ...Object.entries(counts).map(([le, count]) => `etcd_disk_wal_fsync_duration_seconds_bucket{le="${le}"} ${count}`),
    'etcd_disk_wal_fsync_duration_seconds_sum 0.24102968100000005',
    `process_start_time_seconds ${((now - 90_000) / 1000).toExponential()}`,
    'etcd_server_leader_changes_seen_total 3',
    'etcd_server_quota_backend_bytes 2.68435456e+08',
  ].join('\n');

test("an etcd's metrics: quota, changes of leader, time since its start, slowest of a hundred fsyncs", () => {
  expect(
    parseEtcdMetrics(metrics({ '0.016': 980, '0.032': 989, '0.064': 990, '0.128': 1000, '+Inf': 1000 }), now),
  ).toEqual({
    quotaBytes: 268_435_456,
    leaderChanges: 3,
    uptimeMs: 90_000,
    fsyncP99Ms: 64,
  });
});

test('a few fsyncs tell nothing of a disk; what takes longer than the last bucket is longer than all', () => {
  expect(parseEtcdMetrics(metrics({ '8.192': 0, '+Inf': 99 }), now).fsyncP99Ms).toBeNull();
  expect(parseEtcdMetrics(metrics({ '8.192': 90, '+Inf': 100 }), now).fsyncP99Ms).toBe(Number.MAX_SAFE_INTEGER);
  const nothing = { quotaBytes: null, leaderChanges: null, uptimeMs: null, fsyncP99Ms: null };
  expect(parseEtcdMetrics('', now)).toEqual(nothing);
});

const container = (name: string, State: object, RestartCount = 0, Env: string[] = []): ContainerDetails =>
  toDetails({ Id: name, Name: `/${name}`, RestartCount, State, Config: { Env } });
const at = (agoMs: number) => new Date(now - agoMs).toISOString();

async function linesOf(said: string, ...details: readonly ContainerDetails[]) {
  const frame = Buffer.alloc(8);
  frame.writeUInt8(1, 0);
  frame.writeUInt32BE(Buffer.byteLength(said), 4);
  const logs = async () => ({
    stream: Readable.from([Buffer.concat([frame, Buffer.from(said)])]),
    framed: true,
    stampsParts: false,
  });
  const unread = createUnread();
  const engine = await fakeEngine(details, noControl, logs).connect();
  return readLastLines(engine, details, now, unread);
}

test('last lines are read of who starts again and again, and of who ended with an error', async () => {
  const lines = await linesOf(
    '2026-01-15T00:00:00.1Z why\n',
    container('between', { Status: 'restarting' }),
    container('again', { Status: 'running', StartedAt: at(5_000) }, 3),
    container('failed', { Status: 'exited', ExitCode: 1 }),
    container('stopped', { Status: 'exited', ExitCode: 0 }),
    container('killed', { Status: 'exited', ExitCode: 137 }),
    container('long-ago', { Status: 'running', StartedAt: at(3_600_000) }, 9),
    container('fine', { Status: 'running', StartedAt: at(5_000) }, 0),
  );
  expect(lines).toEqual({ between: ['why'], again: ['why'], failed: ['why'] });
});

test('last lines hold no secret and no escape sequence', async () => {
  const said = [
    'connecting as postgres with correct-horse',
    '\x1b[31m\'requirepass "battery"\'\x1b[0m',
    'FATAL postgres://paws:staple@172.28.2.1:5432/paws',
    'sentinel auth-pass paws hunter2',
    'password: swordfish',
    ">>> 'user default on ~* >sesame +@all'",
  ].join('\n');
  const env = ['PATRONI_SUPERUSER_PASSWORD=correct-horse', 'PATRONI_SCOPE=paws'];
  const { loop } = await linesOf(said, container('loop', { Status: 'restarting' }, 4, env));
  expect(loop).toEqual([
    'connecting as postgres with ***',
    "'requirepass ***",
    'FATAL postgres://paws:***@172.28.2.1:5432/paws',
    'sentinel auth-pass paws ***',
    'password: ***',
    ">>> 'user default on ~* >*** +@all'",
  ]);
});

test('what cannot be read is said once, with why', async () => {
  const unread = createUnread(50);
  const refused = () => Promise.reject(new StackError('refused', 'etcd1 refuses connections'));
  expect(await unread.attempt('The status of etcd1', refused)).toBeNull();
  expect(await unread.attempt('The status of etcd1', refused)).toBeNull();
  expect(await unread.attempt('What hangs', () => new Promise(() => {}))).toBeNull();
  expect(await unread.attempt('What answers', async () => 7)).toBe(7);
  expect(unread.said()).toEqual([
    'The status of etcd1: etcd1 refuses connections',
    'What hangs: What hangs did not answer within 0.2 s',
  ]);
});
