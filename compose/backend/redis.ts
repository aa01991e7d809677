import { Redis } from 'ioredis';
import { log } from './log.ts';
import { type Address, nameOf, settings } from './settings.ts';

/**
 * A connection to the Redis master: the one that a Sentinel names, or the plain address where no Sentinel answers.
 * The client's own retries and queues are off, so that a failover is a quick miss and not a stalled request.
 */

const options = {
  password: settings.redis.password,
  connectTimeout: 1000,
  commandTimeout: 1000,
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
};
/** While there is no master, a connection is tried this often and not by every request. */
const pauseMs = 500;

interface Master {
  host: string;
  client: Redis;
}

let master: Master | null = null;
let search: Promise<Master> | null = null;
let nextTryAt = 0;

async function open(address: Address): Promise<Redis> {
  const client = new Redis({ ...address, ...options });
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.disconnect();
    throw error;
  }
}

async function askSentinel(sentinel: Address): Promise<Address> {
  const client = await open(sentinel);
  try {
    const reply = await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', settings.redis.masterName);
    if (!Array.isArray(reply) || reply.length !== 2) throw new Error('no such master');
    return { host: String(reply[0]), port: Number(reply[1]) };
  } finally {
    client.disconnect();
  }
}

async function find(): Promise<Master> {
  const [plain] = settings.redis.plain;
  const named = await Promise.any(settings.redis.sentinels.map(askSentinel)).catch(() => plain);
  if (named === undefined) throw new Error('no Sentinel answers and no plain address is set');
  const client = await open(named);
  const found = { host: nameOf(named), client };
  client.on('close', () => forget(found, 'connection closed'));
  log(`redis: using ${found.host}`);
  master = found;
  return found;
}

function forget(lost: Master, why: string): void {
  if (master !== lost) return;
  log(`redis: lost ${lost.host}: ${why}`);
  master = null;
  lost.client.disconnect();
}

function current(): Promise<Master> {
  if (master !== null) return Promise.resolve(master);
  if (search === null && Date.now() < nextTryAt) return Promise.reject(new Error('no Redis master'));
  search ??= find().finally(() => {
    search = null;
    nextTryAt = Date.now() + pauseMs;
  });
  return search;
}

/** One try on the master; a failure, or a master that became a replica, makes the next call look again. */
export async function withRedis<T>(use: (client: Redis) => Promise<T>): Promise<T> {
  const used = await current();
  try {
    return await use(used.client);
  } catch (error) {
    forget(used, error instanceof Error ? error.message : String(error));
    throw error;
  }
}

export async function check(): Promise<{ reachable: boolean; host: string | null; error?: string }> {
  try {
    await withRedis((client) => client.ping());
    return { reachable: true, host: master?.host ?? null };
  } catch (error) {
    return { reachable: false, host: null, error: error instanceof Error ? error.message : String(error) };
  }
}

export function close(): void {
  master?.client.disconnect();
}
