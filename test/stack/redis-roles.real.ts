import { Redis } from 'ioredis';
import { beforeAll, expect, test } from 'vitest';
import { broken, containerOf, docker, ensureStack, eventually, healthy, status } from '../helpers/stack.ts';

beforeAll(ensureStack);

/** What a Redis says of itself, by its published port, as often as it can be asked until `until` is met. */
async function rolesOf(service: string, until: (info: string) => boolean): Promise<string[]> {
  const { Config, NetworkSettings } = await (await containerOf(service)).inspect();
  const password = Config.Env.find((entry) => entry.startsWith('REDIS_PASSWORD='))?.split('=')[1] ?? '';
  const port = Number(NetworkSettings.Ports['6379/tcp']?.[0]?.HostPort);
  const options = { host: '127.0.0.1', port, password, lazyConnect: true, retryStrategy: () => null };
  const roles: string[] = [];
  await eventually(async () => {
    const client = new Redis({ ...options, connectTimeout: 500, maxRetriesPerRequest: 0 }).on('error', () => {});
    try {
      await client.connect();
      const info = await client.info('replication');
      roles.push(/role:(\w+)/.exec(info)?.[1] ?? info);
      return until(info) ? true : null;
    } finally {
      client.disconnect();
    }
  }, 30_000);
  return roles;
}

const seenBy = async () => {
  const { redis, sentinel } = (await status()).report;
  return { master: redis?.master, seen: sentinel?.members.map(({ masterSeen }) => masterSeen) };
};

test('a killed master comes back as a replica, never as a second master', async () => {
  const { master: old } = await seenBy();
  const undo = await broken('kill', old ?? '');
  const master = await eventually(async () => {
    const { master: now } = await seenBy();
    return now && now !== old ? now : null;
  }, 20_000);
  await undo();
  const roles = await rolesOf(old ?? '', (info) => info.includes('master_link_status:up'));
  expect(new Set(roles)).toEqual(new Set(['slave']));
  await healthy();
  expect((await seenBy()).master).toBe(master);
});

test('a Sentinel that restarts goes on with the master of today', async () => {
  const { master } = await seenBy();
  await docker.getContainer((await containerOf('sentinel1')).id).restart({ t: 2 });
  await healthy();
  expect(await seenBy()).toEqual({ master, seen: [master, master, master] });
});
