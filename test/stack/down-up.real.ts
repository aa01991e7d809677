import { get, request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { moveLeadership } from '../../source/actions/leave-leadership.ts';
import { connectEngine } from '../../source/engine/connect.ts';
import type { Engine } from '../../source/engine/types.ts';
import { runCli } from '../helpers/cli.ts';
import { containerOf, docker, ensureStack, eventually, ofStack, ours, project, status } from '../helpers/stack.ts';
import { withMeans } from '../helpers/stack-means.ts';

/** A second stack beside the first: its own name, network and ports. */
const beside = {
  PAWS_SUBNET_PREFIX: '172.29',
  PAWS_BACKEND_RATE: '0',
  PAWS_BACKEND_PORT: '18080',
  ...Object.fromEntries(
    [
      ['ETCD', [12379, 12479, 12579]],
      ['POSTGRES', [15432, 15433, 15434]],
      ['PATRONI', [18008, 18009, 18010]],
      ['REDIS', [16379, 16380, 16381]],
      ['SENTINEL', [36379, 36380, 36381]],
    ].flatMap(([name, ports]) =>
      (ports as number[]).map((port, index) => [`PAWS_${name}${index + 1}_PORT`, `${port}`]),
    ),
  ),
};
/** A third that cannot start. */
const third = { env: { ...beside, PAWS_SUBNET_PREFIX: '172.30', PAWS_REDIS1_PORT: '6379' }, timeoutMs: 60_000 };
const other = (...args: string[]) => runCli([...args, '--project', 'pawstest'], { env: beside, timeoutMs: 300_000 });

let engine: Engine;
const backendPort = Number(process.env.PAWS_BACKEND_PORT ?? 8080);

beforeAll(async () => {
  await ensureStack(); // there may have been no engine before
  engine = await connectEngine({ host: null, env: process.env });
  await forget(); // an earlier run that was cut short
});
afterAll(async () => {
  await forget();
  engine.close();
  await other('down', '--volumes');
  await runCli(['down', '--volumes', '--project', 'pawsthird'], third);
});

function answer(response: import('node:http').IncomingMessage): Promise<{ id: string; name: string }> {
  return response.toArray().then((chunks) => JSON.parse(Buffer.concat(chunks).toString()));
}

const enrol = (port: number, name: string) =>
  new Promise<{ id: string; name: string }>((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path: '/students', method: 'POST' }, (response) =>
      answer(response).then(resolve, reject),
    );
    asked.once('error', reject).end(JSON.stringify({ name }));
  });

const read = (port: number, id: string) =>
  new Promise<{ id: string; name: string }>((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: `/students/${id}` }, (response) =>
      answer(response).then(resolve, reject),
    ).once('error', reject);
  });

/** What a client has written, by whoever leads; told to nobody but those two. */
async function write(word: string): Promise<void> {
  const { postgres, redis } = await inWhoLeads();
  await postgres(`create table if not exists survivors (word text); insert into survivors values ('${word}')`);
  await redis(`sadd survivors ${word}`);
}

async function forget(): Promise<void> {
  const { postgres, redis } = await inWhoLeads();
  await postgres('drop table if exists survivors');
  await redis('del survivors');
}

async function written(): Promise<{ readonly postgres: string[]; readonly redis: string[] }> {
  const { postgres, redis } = await inWhoLeads();
  const words = (text: string) => text.split(/\s+/).filter(Boolean).sort();
  return {
    postgres: words(await postgres('select word from survivors')),
    redis: words(await redis('smembers survivors')),
  };
}

async function inWhoLeads() {
  const { leader, master } = await whoLeads();
  const inside = async (service: string, script: string): Promise<string> => {
    const { exitCode, output } = await engine.control.command((await containerOf(service)).id, ['sh', '-c', script]);
    if (exitCode !== 0) throw new Error(`${service}: ${output}`);
    return output;
  };
  const psql = 'PGPASSWORD=$PATRONI_SUPERUSER_PASSWORD psql -h 127.0.0.1 -U postgres -d paws -Atq';
  return {
    postgres: (statement: string) => inside(leader, `${psql} -c "set client_min_messages to error; ${statement}"`),
    redis: (command: string) => inside(master, `REDISCLI_AUTH=$REDIS_PASSWORD redis-cli ${command}`),
  };
}

async function whoLeads(): Promise<{ readonly leader: string; readonly master: string; readonly agreed: boolean }> {
  const { patroni, redis, sentinel } = (await status(project)).report;
  const master = redis?.master ?? '';
  const agreed = patroni?.writable === true && sentinel?.members.every(({ masterSeen }) => masterSeen === master);
  return { leader: patroni?.leader ?? '', master, agreed: agreed ?? false };
}

async function upTo(profile: string): Promise<number> {
  const { code, stderr, ms } = await runCli(['up', profile, ...ours], { timeoutMs: 200_000 });
  expect(stderr).toContain(`${project} (${profile}) is up`);
  expect(code).toBe(0);
  return ms;
}

/** First without those who held the data last, then with everybody; each is healthy, writable, and has all of it. */
async function survives(words: string[]): Promise<void> {
  await upTo('minimal');
  expect((await status(project)).report).toMatchObject({ profile: 'minimal', verdict: { level: 'ok' } });
  expect(await whoLeads()).toMatchObject({ leader: 'patroni1', master: 'redis1' });
  expect(await written()).toEqual({ postgres: words, redis: words });
  const more = `${words.length}-minimal`;
  await write(more);
  expect(await upTo('full')).toBeLessThan(30_000);
  expect((await status(project)).code).toBe(0);
  const all = [...words, more].sort();
  expect(await written()).toEqual({ postgres: all, redis: all });
}

test('after a crash the smallest profile has what those wrote that it has not got', { timeout: 400_000 }, async () => {
  await write('0-before');
  const core = await Promise.all([containerOf('patroni1'), containerOf('redis1')]);
  await Promise.all(core.map((container) => container.stop()));
  await eventually(async () => {
    const { leader, master, agreed } = await whoLeads();
    return agreed && leader !== 'patroni1' && master !== 'redis1' ? true : null;
  }, 40_000);
  await write('1-without');
  const filters = { label: ofStack };
  await Promise.all((await docker.listContainers({ filters })).map(({ Id }) => docker.getContainer(Id).kill()));
  await survives(['0-before', '1-without']);
});

test('down and up again, with the leaders elsewhere: everything that was written', { timeout: 400_000 }, async () => {
  await withMeans((means) =>
    moveLeadership({
      means,
      staying: new Set(['etcd1', 'etcd2', 'etcd3', 'patroni3', 'redis3']),
      say: () => {},
      signal: AbortSignal.timeout(60_000),
    }),
  );
  expect(await whoLeads()).toMatchObject({ leader: 'patroni3', master: 'redis3' });
  const student = await enrol(backendPort, 'Grace');
  await write('2-last');
  const before = (await written()).postgres;
  const { code, stderr } = await runCli(['down', ...ours], { timeoutMs: 120_000 });
  expect(stderr).toContain('leaders: 2 moved');
  expect(code).toBe(0);
  expect((await status(project)).code).toBe(3);
  await survives(before);
  expect(await eventually(() => read(backendPort, student.id), 10_000)).toMatchObject({ name: 'Grace' });
});

test('up on what is up takes seconds', async () => {
  const { code, ms } = await runCli(['up', 'full', ...ours], { timeoutMs: 60_000 });
  expect(code).toBe(0);
  expect(ms).toBeLessThan(15_000);
});

test('the backend profile is whole by itself, a second stack beside the first', async () => {
  const { code, stderr } = await other('up', 'backend');
  expect(stderr).toContain('pawstest (backend) is up');
  expect(code).toBe(0);
  const { report } = await status('pawstest');
  expect(report).toMatchObject({ stack: 'pawstest', profile: 'backend', verdict: { level: 'ok' }, sentinel: null });
  expect(report.containers.map(({ service }) => service)).toEqual([
    'backend',
    'etcd1',
    'etcd2',
    'etcd3',
    'patroni1',
    'redis1',
  ]);
  const student = await enrol(18080, 'Ada');
  expect(await read(18080, student.id)).toMatchObject({ name: 'Ada' });
});

test('a port that is taken is told with the variable that moves it, before anything starts', async () => {
  const { code, stderr } = await runCli(['up', 'minimal', '--project', 'pawsthird'], third);
  expect(code).toBe(1);
  expect(stderr).toMatch(/port 6379 \(redis1\) is taken by container paws-redis1-1; set PAWS_REDIS1_PORT=\d+/);
});
