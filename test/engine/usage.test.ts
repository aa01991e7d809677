import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Docker from 'dockerode';
import { expect, onTestFinished, test } from 'vitest';
import {
  type CgroupFiles,
  cgroupMounts,
  field,
  networkBytes,
  openCgroup,
  withoutCache,
} from '../../source/engine/cgroup.ts';
import { fromStats, toClaim, usageSampler } from '../../source/engine/usage.ts';

const id = 'f00d'.repeat(16);
const netDev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1428264   10632    0    0    0     0          0         0  1428264   10632    0    0    0     0       0          0
  eth0: 3723004   35084    0    0    0     0          0         0  4916181   34143    0    0    0     0       0          0
  eth1:1000 1    0    0    0     0          0         0  2000   1    0    0    0     0       0          0
`;

/** A root folder with the given files. */
function machine(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'root-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

const opened = (root: string, pid = 7): CgroupFiles | null => {
  const files = openCgroup(id, pid, root);
  onTestFinished(() => files?.close());
  return files;
};

const v1 = {
  'proc/7/cgroup': `9:name=systemd:/docker/${id}\n4:memory:/docker/${id}\n2:cpu,cpuacct:/docker/${id}\n0::/docker/${id}\n`,
  'proc/7/net/dev': netDev,
  'proc/self/mountinfo': [
    '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
    '33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct',
    '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory',
    '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
  ].join('\n'),
  [`sys/fs/cgroup/cpu,cpuacct/docker/${id}/cpuacct.usage`]: '123456789\n',
  [`sys/fs/cgroup/memory/docker/${id}/memory.usage_in_bytes`]: '50000\n',
  [`sys/fs/cgroup/memory/docker/${id}/memory.stat`]: 'cache 30000\ninactive_file 1\ntotal_inactive_file 20000\n',
};

const scope = `system.slice/docker-${id}.scope`;
const v2 = {
  'proc/7/cgroup': `0::/${scope}\n`,
  'proc/7/net/dev': netDev,
  'proc/self/mountinfo': '31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n',
  [`sys/fs/cgroup/${scope}/cpu.stat`]: 'usage_usec 123456\nuser_usec 100000\nsystem_usec 23456\n',
  [`sys/fs/cgroup/${scope}/memory.current`]: '50000\n',
  [`sys/fs/cgroup/${scope}/memory.stat`]: 'anon 30000\nfile 20000\ninactive_file 5000\n',
};

test('cgroup v1, beside an empty v2 hierarchy', () => {
  expect(opened(machine(v1))?.read()).toEqual({
    cpuNs: 123456789,
    memoryBytes: 30000,
    received: 3724004,
    sent: 4918181,
  });
});

test('cgroup v2', () => {
  expect(opened(machine(v2))?.read()).toEqual({
    cpuNs: 123456000,
    memoryBytes: 45000,
    received: 3724004,
    sent: 4918181,
  });
});

test('values are read anew each time', () => {
  const root = machine(v2);
  const files = opened(root);
  files?.read();
  writeFileSync(join(root, `sys/fs/cgroup/${scope}/memory.current`), '60000\n');
  expect(files?.read().memoryBytes).toBe(55000);
});

test('a hierarchy of which only a part is mounted', () => {
  const root = machine({
    ...v2,
    'proc/7/cgroup': `0::/outer/${id}\n`,
    'proc/self/mountinfo': '31 23 0:28 /outer /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
    ...Object.fromEntries(
      Object.entries(v2).flatMap(([path, text]) => (path.includes(scope) ? [[path.replace(scope, id), text]] : [])),
    ),
  });
  expect(opened(root)?.read().memoryBytes).toBe(45000);
});

test('a process of another container, of another machine, or with no files, is not read', () => {
  expect(opened(machine({ ...v2, 'proc/7/cgroup': '0::/user.slice/session-1.scope\n' }))).toBe(null);
  expect(opened(machine(v2), 8)).toBe(null);
  const { [`sys/fs/cgroup/${scope}/cpu.stat`]: _, ...without } = v2;
  expect(opened(machine(without))).toBe(null);
});

test('mounts with options in front and behind', () => {
  const mounts = cgroupMounts('1 2 0:3 /a /b rw shared:1 master:2 - cgroup none rw,cpuset,memory\nbroken line\n');
  expect(mounts.get('memory')).toEqual({ point: '/b', root: '/a' });
});

test('fields are found by their whole name', () => {
  expect(field('inactive_file 1\nfile 2\n', 'file')).toBe(2);
  expect(field('inactive_file 1\n', 'file')).toBe(null);
  expect(field('usage_usec 5\n', 'usage_usec')).toBe(5);
});

test('only a loopback is no network', () => {
  expect(networkBytes('    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n')).toEqual({ received: null, sent: null });
});

test('the cache that can be dropped does not count, unless it is more than all', () => {
  expect([withoutCache(10, 4), withoutCache(10, null), withoutCache(10, 12)]).toEqual([6, 10, 10]);
});

const sample = (atMs: number, cpuNs: number, received: number | null) => ({
  atMs,
  cpuNs,
  received,
  sent: received,
  memoryBytes: 1,
});

test('rates come from two samples; 100 % is one core', () => {
  expect(toClaim(null, sample(0, 5, 5))).toEqual({
    ...{ cpuPercent: null, memoryBytes: 1, receivedBytesPerSecond: null, sentBytesPerSecond: null },
  });
  expect(toClaim(sample(0, 0, 100), sample(2000, 3e9, 300))).toMatchObject({
    cpuPercent: 150,
    receivedBytesPerSecond: 100,
  });
});

test('a counter that went backwards, no time, or no network gives no rate', () => {
  expect(toClaim(sample(0, 10, null), sample(1000, 5, null))).toMatchObject({
    cpuPercent: null,
    sentBytesPerSecond: null,
  });
  expect(toClaim(sample(5, 1, 1), sample(5, 2, 2))).toMatchObject({ cpuPercent: null });
});

test('stats of cgroup v1 and of a container that does not run', () => {
  const memory_stats = { usage: 100, stats: { total_inactive_file: 30, inactive_file: 1 } };
  expect(fromStats({ cpu_stats: { cpu_usage: { total_usage: 9 } }, memory_stats, networks: null }, 42)).toEqual({
    ...{ cpuNs: 9, memoryBytes: 70, received: null, sent: null, atMs: 42 },
  });
  expect(() =>
    fromStats({ read: '0001-01-01T00:00:00Z', cpu_stats: { cpu_usage: { total_usage: 0 } }, memory_stats: {} }, 0),
  ).toThrow(/does not run/);
});

test('stats as Docker 20.10 answers them', () => {
  const file = join(import.meta.dirname, '..', 'fixtures', 'engine', 'stats.json');
  const claim = fromStats(JSON.parse(readFileSync(file, 'utf8')), 0);
  expect(claim).toMatchObject({ cpuNs: expect.any(Number), received: expect.any(Number), sent: expect.any(Number) });
  expect(claim.atMs).toBeGreaterThan(Date.parse('2026-01-01'));
  expect(claim.memoryBytes).toBeGreaterThan(1e6);
  expect(claim.memoryBytes).toBeLessThan(50e6);
});

test('files are opened once for a process, and closed when it is gone, no longer wanted, or the engine is', async () => {
  const log: string[] = [];
  const open = (name: string, pid: number): CgroupFiles => {
    log.push(`open ${name} ${pid}`);
    const read = () => {
      if (pid === 13) throw new Error('ENODEV');
      return { cpuNs: 1, memoryBytes: 2, received: null, sent: null };
    };
    return { read, close: () => log.push(`close ${name} ${pid}`) };
  };
  const sampler = usageSampler(new Docker({ socketPath: '/nowhere' }), true, open);
  await sampler.sample([{ id: 'a', pid: 1 }]);
  await sampler.sample([{ id: 'a', pid: 1 }]);
  await sampler.sample([{ id: 'a', pid: 2 }]);
  const last = await sampler.sample([{ id: 'b', pid: 13 }]);
  expect(log).toEqual(['open a 1', 'close a 1', 'open a 2', 'close a 2', 'open b 13']);
  expect(last.get('b')).toMatchObject({ kind: 'not-running' });
  log.length = 0;
  sampler.close();
  await sampler.sample([{ id: 'c', pid: 3 }]);
  expect(log).toEqual(['close b 13']);
});
