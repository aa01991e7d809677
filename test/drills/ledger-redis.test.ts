import { expect, onTestFinished, test } from 'vitest';
import { cleanLedger, openLedger } from '../../source/drills/ledgers.ts';
import { tally } from '../../source/drills/tally.ts';
import type { Ledger } from '../../source/drills/types.ts';
import { type Reply, startRedis } from '../probes/fake-redis.ts';
import { accessTo, closedPort, type FakeServer, startServer } from '../probes/fake-server.ts';

const master: Reply = ['master', 100, []];
const slave: Reply = ['slave', '10.0.0.1', 6379, 'connected', 100];

/** A Redis with one set, as far as a ledger asks it. */
function redisWith({ role = () => master, sadd }: { role?: () => Reply; sadd?: (id: string) => Reply | null } = {}) {
  const kept = new Set<string>();
  const commands: string[][] = [];
  const answer = (command: readonly string[]): Reply => {
    commands.push([...command]);
    const [name = '', second = '', third = ''] = command;
    if (name === 'role') return role();
    if (name === 'config') return [third, { 'maxmemory-policy': 'noeviction', appendonly: 'yes' }[third] ?? '0'];
    if (name === 'smembers') return [...kept];
    if (name === 'unlink') return kept.clear() ?? 1;
    if (name === 'exists') return Math.min(kept.size, 1);
    if (name !== 'sadd') return 1;
    const refusal = third === 'began' ? null : (sadd?.(third) ?? null);
    if (refusal === null) kept.add(third);
    return refusal ?? (second === '' ? 0 : 1);
  };
  return { kept, commands, start: () => startRedis(answer) };
}

async function ledgerOf(port: number, deadlineMs = 300, most = 3): Promise<Ledger> {
  const ledger = await openLedger('redis', { access: [accessTo(port)], run: 'r1', perSecond: 50, deadlineMs, most });
  onTestFinished(() => ledger.close());
  return ledger;
}

/** Writes until so many have ended, which are all that it keeps. */
async function writeAll(ledger: Ledger, count: number): Promise<void> {
  ledger.start();
  const ended = () => ledger.attempts().filter(({ outcome }) => outcome !== null).length;
  await expect.poll(ended, { interval: 10, timeout: 3000 }).toBe(count);
  await ledger.stop();
}

const outcomes = (ledger: Ledger) => ledger.attempts().map(({ outcome }) => outcome);

test('what a master keeps is acknowledged, read back and cleaned up', async () => {
  const redis = redisWith();
  const ledger = await ledgerOf((await redis.start()).port);
  await ledger.open();
  expect(redis.commands).toContainEqual(['expire', 'paws-top:ledger:r1', '86400']);
  await writeAll(ledger, 3);
  expect(outcomes(ledger)).toEqual(['acked', 'acked', 'acked']);
  expect(await ledger.read('redis1')).toEqual(new Set(['r1-1', 'r1-2', 'r1-3']));
  await ledger.clean();
  expect(redis.kept.size).toBe(0);
});

test('acknowledgements that are forged are lost, id by id', async () => {
  const redis = redisWith({ sadd: (id) => (['r1-2', 'r1-3'].includes(id) ? 1 : null) });
  const ledger = await ledgerOf((await redis.start()).port, 300, 5);
  await ledger.open();
  const from = performance.now();
  await writeAll(ledger, 5);
  const read = await ledger.read('redis1');
  const told = tally({ attempts: ledger.attempts(), read, injectedAt: null, from, to: performance.now() });
  expect(told.writes).toMatchObject({ acked: 5, lost: 2, unexpected: 0 });
  expect(told.lost.map(({ id, member }) => [id, member])).toEqual([
    ['r1-2', 'redis1'],
    ['r1-3', 'redis1'],
  ]);
});

test.each([
  ["READONLY You can't write against a read only replica.", 'failed'],
  ['NOREPLICAS Not enough good replicas to write.', 'failed'],
  ['LOADING Redis is loading the dataset in memory', 'failed'],
  ['MASTERDOWN Link with MASTER is down', 'failed'],
  ['MISCONF Errors writing to the AOF file: No space left on device', 'failed'],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'failed'],
  ['UNBLOCKED force unblock from blocking operation', 'indeterminate'],
  ['ERR something else', 'indeterminate'],
] as const)('%s: %s', async (message, outcome) => {
  const redis = redisWith({ sadd: () => new Error(message) });
  const ledger = await ledgerOf((await redis.start()).port, 300, 1);
  ledger.start();
  await expect.poll(() => ledger.attempts()[0]?.outcome).toBe(outcome);
  expect(ledger.attempts()[0]?.why).toBe(message);
});

/** Answers ROLE, then does as told with what was written. */
const afterRole = (then: (socket: Parameters<Parameters<typeof startServer>[0]>[0]) => void): Promise<FakeServer> =>
  startServer((socket) => {
    socket.on('data', (chunk) => {
      if (/sadd/i.test(chunk.toString())) return then(socket);
      const replies = chunk.toString().match(/\$\d+\r\n(client|role)\r\n/gi) ?? [];
      socket.write(replies.map((one) => (/role/i.test(one) ? '*2\r\n$6\r\nmaster\r\n:1\r\n' : '+OK\r\n')).join(''));
    });
  });

test('a master that hangs with a write is indeterminate, and its connection dropped', async () => {
  const server = await afterRole(() => undefined);
  const ledger = await ledgerOf(server.port, 200, 1);
  ledger.start();
  await expect
    .poll(() => ledger.attempts()[0])
    .toMatchObject({ outcome: 'indeterminate', why: 'no answer within 200 ms' });
  await expect.poll(server.open).toBe(0);
});

test('a connection that ends in the middle of a write is indeterminate, and nothing is sent again', async () => {
  let received = 0;
  const server = await afterRole((socket) => {
    received += 1;
    socket.destroy();
  });
  const ledger = await ledgerOf(server.port, 300, 1);
  ledger.start();
  await expect.poll(() => ledger.attempts()[0]?.outcome).toBe('indeterminate');
  await ledger.stop();
  expect(received).toBe(1);
});

test('a master that can no longer be connected to fails for sure', async () => {
  const redis = redisWith();
  const server = await redis.start();
  const ledger = await ledgerOf(server.port, 300, 100);
  ledger.start();
  await expect.poll(() => ledger.counts().acked).toBeGreaterThan(1);
  await server.close();
  await expect.poll(() => ledger.attempts().at(-1)?.why).toMatch(/^not sent: .*ECONNREFUSED/);
  expect(ledger.attempts().at(-1)?.outcome).toBe('failed');
});

test('a replica is asked and never written to, until it is a master', async () => {
  let role: Reply = slave;
  const redis = redisWith({ role: () => role });
  const ledger = await ledgerOf((await redis.start()).port);
  ledger.start();
  await expect.poll(() => redis.commands.length).toBeGreaterThan(5);
  expect(ledger.attempts()).toEqual([]);
  await expect(ledger.read('redis1')).rejects.toMatchObject({ kind: 'rejected' });
  role = master;
  await expect.poll(() => ledger.counts().acked).toBe(3);
});

test('of two masters both are cleaned, whichever comes first', async () => {
  const [old, promoted] = [redisWith(), redisWith()];
  for (const { kept } of [old, promoted]) kept.add('r1-1');
  await cleanLedger('redis', 'r1', [accessTo((await old.start()).port), accessTo((await promoted.start()).port)]);
  expect([old.kept.size, promoted.kept.size]).toEqual([0, 0]);
});

test('what a replica keeps that is being promoted is cleaned once it is a master', async () => {
  let asked = 0;
  const old = redisWith();
  const next = redisWith({ role: () => (++asked > 2 ? master : slave) });
  next.kept.add('r1-1');
  await cleanLedger('redis', 'r1', [accessTo((await old.start()).port), accessTo((await next.start()).port)]);
  expect(next.kept.size).toBe(0);
});

test('while a replica follows nobody, cleaning is not over', async () => {
  const astray: Reply = ['slave', '10.0.0.1', 6379, 'connecting', -1];
  const ways = [redisWith(), redisWith({ role: () => astray })].map(async ({ start }) =>
    accessTo((await start()).port),
  );
  await expect(cleanLedger('redis', 'r1', await Promise.all(ways))).rejects.toThrow(/does not follow its master yet/);
});

test('where nobody listens, opening and cleaning say so', async () => {
  const port = await closedPort();
  await expect((await ledgerOf(port)).open()).rejects.toMatchObject({ kind: 'refused' });
  await expect(cleanLedger('redis', 'r1', [accessTo(port)])).rejects.toMatchObject({ kind: 'refused' });
});

test.each(['', 'a b', 'x"; drop schema public', 'a'.repeat(49)])('a run called %j is refused', async (run) => {
  await expect(cleanLedger('redis', run, [accessTo(1)])).rejects.toThrow(/^not a run's name/);
});
