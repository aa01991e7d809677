// A plain client, as somebody outside would write it: 20 rows a second to Postgres and 20 elements to Redis, each with its
// own id, connected anew whenever a write fails. It knows published ports and passwords, by its environment, and appends
// what was acknowledged to a file: `p|r ID EPOCH_MS`. An id is never written twice, so what is acknowledged was written once.
import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';

const { postgresPorts, redisPorts, sentinelPorts, redisAt, name, ledger } = JSON.parse(process.env.WRITER);
const pauseMs = 50;
const patienceMs = 5_000;
let stopped = false;
process.on('SIGTERM', () => {
  stopped = true;
});

const late = (work, ms) =>
  Promise.race([
    work,
    sleep(ms, undefined, { ref: false }).then(() => {
      throw new Error('late');
    }),
  ]);

/** Whoever is primary, of all that are asked at once; like `target_session_attrs=read-write`. */
async function primary() {
  const tries = postgresPorts.map(async (port) => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: 'paws',
      database: 'paws',
      password: process.env.WRITER_POSTGRES,
      connectionTimeoutMillis: 1_000,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      const { rows } = await late(client.query('show transaction_read_only'), 1_000);
      if (rows[0].transaction_read_only === 'off') return client;
      throw new Error('read only');
    } catch (error) {
      client.end().catch(() => {});
      throw error;
    }
  });
  return Promise.any(tries);
}

function redisOn(port) {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    password: process.env.WRITER_REDIS,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    connectTimeout: 1_000,
    commandTimeout: patienceMs,
  });
  client.on('error', () => {});
  return client;
}

/** Connected for as long as it takes. */
async function asked(port, ask) {
  const client = redisOn(port);
  try {
    await client.connect();
    return await late(ask(client), 1_000);
  } finally {
    client.disconnect();
  }
}

/** Where the Sentinels say, else whoever says so itself. */
async function master() {
  const named = await Promise.any(
    sentinelPorts.map((port) => asked(port, (client) => client.call('sentinel', 'get-master-addr-by-name', 'paws'))),
  ).catch(() => null);
  const port =
    named === null
      ? await Promise.any(
          redisPorts.map((own) =>
            asked(own, async (client) => {
              if ((await client.call('role'))[0] === 'master') return own;
              throw new Error('a replica');
            }),
          ),
        )
      : redisAt[named[0]];
  const client = redisOn(port);
  await client.connect();
  return client;
}

async function writes(mark, connect, write, end) {
  let client = null;
  for (let id = 1; !stopped; id++) {
    const begun = performance.now();
    try {
      client ??= await connect();
      await late(write(client, id), patienceMs);
      appendFileSync(ledger, `${mark} ${id} ${Date.now()}\n`);
    } catch {
      if (client !== null) end(client);
      client = null;
    }
    await sleep(Math.max(client === null ? 20 : 0, pauseMs - (performance.now() - begun)));
  }
  if (client !== null) end(client);
}

await Promise.all([
  writes(
    'p',
    primary,
    (client, id) => client.query(`insert into ${name} values ($1)`, [id]),
    (client) => client.end().catch(() => {}),
  ),
  writes(
    'r',
    master,
    (client, id) => client.rpush(name, id),
    (client) => client.disconnect(),
  ),
]);
process.exit(0);
