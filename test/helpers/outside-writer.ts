import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { containerOf, eventually } from './stack.ts';

export type Written = {
  readonly acked: number;
  /** Acknowledged, and not there in the end. */
  readonly lost: number;
  /** Longest time between two acknowledgements, and when it ended (epoch ms). */
  readonly longestGap: { readonly ms: number; readonly at: number };
};

export type OutsideWriter = {
  /** Longest gaps since then, epoch ms. */
  gapsSince(since: number): { readonly postgres: number; readonly redis: number };
  /** Ends it, and reads back everything that it was told was written. */
  stop(): Promise<{ readonly postgres: Written; readonly redis: Written }>;
  /** Whatever has become of it. */
  remove(): Promise<void>;
};

type Ack = { readonly id: number; readonly at: number };

/** Starts a process that writes to the full stack from outside, 20 times a second each, until it is stopped. */
export async function callWriter(): Promise<OutsideWriter> {
  const [postgresPorts, redisPorts, sentinelPorts] = await Promise.all([
    portsOf('patroni', 5432),
    portsOf('redis', 6379),
    portsOf('sentinel', 26379),
  ]);
  const { variables } = await inspected('patroni1');
  const redis = await Promise.all([1, 2, 3].map((number) => inspected(`redis${number}`)));
  const secrets = {
    WRITER_POSTGRES: variables.get('PAWS_APP_PASSWORD') ?? '',
    WRITER_REDIS: redis[0]?.variables.get('REDIS_PASSWORD') ?? '',
  };
  const name = `outside_${Date.now()}`;
  const folder = mkdtempSync(join(tmpdir(), 'paws-top-writer-'));
  const ledger = join(folder, 'ledger');
  const redisAt = Object.fromEntries(redis.map(({ address }, index) => [address, redisPorts[index]]));
  const world: World = { postgresPorts, redisPorts, secrets, name };
  await onPrimary(world, (client) => client.query(`create table ${name} (id bigint primary key)`));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'outside-writer.mjs')], {
    env: {
      ...process.env,
      ...secrets,
      WRITER: JSON.stringify({ postgresPorts, redisPorts, sentinelPorts, redisAt, name, ledger }),
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(child, 'exit');
  const acksOf = (mark: 'p' | 'r'): readonly Ack[] =>
    readFileSync(ledger, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith(mark))
      .map((line) => ({ id: Number(line.split(' ')[1]), at: Number(line.split(' ')[2]) }));
  await eventually(() => (acksOf('p').length > 10 && acksOf('r').length > 10 ? true : null), 15_000);

  return {
    gapsSince: (since) => ({ postgres: gapOf(acksOf('p'), since).ms, redis: gapOf(acksOf('r'), since).ms }),
    async stop() {
      child.kill('SIGTERM');
      await ended;
      const there = new Set(
        await onPrimary(world, async (client) =>
          (await client.query(`select id from ${name}`)).rows.map(({ id }) => Number(id)),
        ),
      );
      const elements = new Set(await onMaster(world, async (client) => (await client.lrange(name, 0, -1)).map(Number)));
      return { postgres: written(acksOf('p'), there), redis: written(acksOf('r'), elements) };
    },
    async remove() {
      child.kill('SIGKILL');
      await onPrimary(world, (client) => client.query(`drop table if exists ${name}`));
      await onMaster(world, (client) => client.del(name));
      rmSync(folder, { recursive: true });
    },
  };
}

const written = (acks: readonly Ack[], there: ReadonlySet<number>): Written => ({
  acked: acks.length,
  lost: acks.filter(({ id }) => !there.has(id)).length,
  longestGap: gapOf(acks, 0),
});

function gapOf(acks: readonly Ack[], since: number): Written['longestGap'] {
  let longest = { ms: 0, at: 0 };
  for (const [index, { at }] of acks.entries()) {
    const ms = at - (acks[index - 1]?.at ?? at);
    if (at >= since && ms > longest.ms) longest = { ms, at };
  }
  return longest;
}

async function inspected(service: string) {
  const { Config, NetworkSettings } = await (await containerOf(service)).inspect();
  return {
    variables: new Map(Config.Env.map((text) => text.split(/=(.*)/s).slice(0, 2) as [string, string])),
    address: Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? '',
    portOf: (port: number) => Number(NetworkSettings.Ports[`${port}/tcp`]?.[0]?.HostPort),
  };
}

const portsOf = (system: string, port: number): Promise<number[]> =>
  Promise.all([1, 2, 3].map(async (number) => (await inspected(`${system}${number}`)).portOf(port)));

type World = {
  readonly postgresPorts: readonly number[];
  readonly redisPorts: readonly number[];
  readonly secrets: { readonly WRITER_POSTGRES: string; readonly WRITER_REDIS: string };
  readonly name: string;
};

function onPrimary<T>({ postgresPorts, secrets }: World, use: (client: pg.Client) => Promise<T>): Promise<T> {
  return Promise.any(
    postgresPorts.map(async (port) => {
      const client = new pg.Client({
        ...{ host: '127.0.0.1', port, user: 'paws', database: 'paws', password: secrets.WRITER_POSTGRES },
        connectionTimeoutMillis: 2_000,
      });
      await client.connect();
      try {
        const { rows } = await client.query('show transaction_read_only');
        if (rows[0].transaction_read_only !== 'off') throw new Error(`the Postgres on ${port} is no primary`);
        return await use(client);
      } finally {
        await client.end();
      }
    }),
  );
}

function onMaster<T>({ redisPorts, secrets }: World, use: (client: Redis) => Promise<T>): Promise<T> {
  return Promise.any(
    redisPorts.map(async (port) => {
      const client = new Redis({ port, password: secrets.WRITER_REDIS, lazyConnect: true, retryStrategy: () => null });
      client.on('error', () => {}); // told by the command that fails
      try {
        await client.connect();
        const [role] = (await client.role()) as [string];
        if (role !== 'master') throw new Error(`the Redis on ${port} is no master`);
        return await use(client);
      } finally {
        client.disconnect();
      }
    }),
  );
}
