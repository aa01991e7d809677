import { get, request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.ts';
import { ensureStack, eventually, status } from '../helpers/stack.ts';

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

beforeAll(ensureStack);
afterAll(async () => {
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

test('down and up again, whoever leads: within 30 s, with everything that was written', async () => {
  const student = await enrol(8080, 'Grace');
  expect((await runCli(['down'], { timeoutMs: 120_000 })).code).toBe(0);
  expect((await status()).code).toBe(3);
  const begun = performance.now();
  const { code, stderr } = await runCli(['up', 'full'], { timeoutMs: 120_000 });
  expect(stderr).toContain('paws (full) is up');
  expect(code).toBe(0);
  expect((await status()).code).toBe(0);
  expect(performance.now() - begun).toBeLessThan(30_000);
  expect(await eventually(() => read(8080, student.id), 10_000)).toMatchObject({ name: 'Grace' });
});

test('up on what is up takes seconds', async () => {
  const { code, ms } = await runCli(['up', 'full'], { timeoutMs: 60_000 });
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
