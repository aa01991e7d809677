import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { inside, leftovers, resultOf, sql, startDrill } from '../helpers/drill.ts';
import { containerOf, ensureStack, eventually, healthy, status } from '../helpers/stack.ts';

beforeAll(ensureStack);

/** Patroni's REST API, with the credentials that it wants for changes. */
async function configure(change: object): Promise<void> {
  const { Config, NetworkSettings } = await (await containerOf('patroni1')).inspect();
  const variable = (name: string) => Config.Env.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1);
  const credentials = `${variable('PATRONI_RESTAPI_USERNAME')}:${variable('PATRONI_RESTAPI_PASSWORD')}`;
  const port = NetworkSettings.Ports['8008/tcp']?.[0]?.HostPort;
  const { status: code } = await fetch(`http://127.0.0.1:${port}/config`, {
    method: 'PATCH',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: JSON.stringify(change),
  });
  if (code !== 200) throw new Error(`PATCH /config: ${code}`);
}

/** Whether the leader's commits wait for a standby, as Postgres itself has it. */
async function commitsWait(): Promise<boolean> {
  const leader = (await status()).report.patroni?.leader ?? '';
  return (await sql(leader, 'show synchronous_standby_names')) !== '';
}

const chain = `name: unseen
steps:
  - break:
      - { fault: partition, target: patroni.leader, from: [patroni] }
      - { fault: kill, target: patroni.leader, after: 2s }
    expect: { patroni: { lost: 0 } }
`;

test('without synchronous replication, what is acknowledged after replication is cut is lost, id by id', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'paws-top-chain-'));
  onTestFinished(async () => {
    await rm(folder, { recursive: true });
    await configure({ synchronous_mode: true });
    await eventually(async () => ((await commitsWait()) ? true : null), 30_000);
    await healthy();
  }, 120_000);
  await configure({ synchronous_mode: false });
  await eventually(async () => ((await commitsWait()) ? null : true), 30_000);
  await healthy();
  await writeFile(join(folder, 'chain.yaml'), chain);

  const running = startDrill(['--file', join(folder, 'chain.yaml'), '--yes', '--json']);
  onTestFinished(() => running.end(), 60_000);
  // What the new leader has, read by somebody else before the ledger is cleaned.
  await running.says(/^healing:/m, 90_000);
  const leader = await eventually(async () => {
    for (const name of ['patroni1', 'patroni2', 'patroni3']) {
      const standby = await sql(name, 'select pg_is_in_recovery()').catch(() => 't');
      if (standby === 'f') return name;
    }
    return null;
  }, 10_000);
  const table = await sql(leader, "select relname from pg_class where relname like 'ledger%' and relkind = 'r'");
  const kept = new Set((await sql(leader, `select id from paws_top.${table}`)).split('\n'));

  const { code, report } = await running.finished;
  if (report === null) throw new Error('no report');
  expect(code).toBe(1);
  // Where nothing is promised, losing is no failure of the system; the chain asked for more.
  expect(report).toMatchObject({ verdict: 'failed', healed: true, why: expect.stringMatching(/^patroni.*asked for/) });
  const { writes, lostWrites, failures } = resultOf(report, 'patroni');
  expect(failures).toEqual([]);
  expect(writes.durability).toMatch(/^asynchronous/);
  expect(writes.lost).toBeGreaterThan(20); // 2 s at twice 20 a second, less what was on its way
  expect(lostWrites).toHaveLength(writes.lost ?? 0);
  expect(report.why).toContain(`${writes.lost} of ${writes.acked} acknowledged writes lost (asynchronous`);

  const killedAt =
    report.timeline.find(({ source, text }) => source === 'docker' && text.startsWith('kill'))?.atMs ?? 0;
  expect(killedAt).toBeGreaterThan(1_500);
  const [first, last] = [lostWrites.at(0), lostWrites.at(-1)];
  expect(first?.ackedMs).toBeGreaterThan(-500); // the rules are in place a moment before the helper's end is told
  expect(last?.ackedMs).toBeLessThanOrEqual(killedAt + 50);
  expect(lostWrites.filter(({ id }) => kept.has(id))).toEqual([]);
  expect(new Set(lostWrites.map(({ member }) => member))).toEqual(new Set([resultOf(report, 'patroni').leaderBefore]));
  expect(kept.size).toBeGreaterThan(20);
});

test('nothing is left behind', async () => {
  await healthy();
  expect(await leftovers()).toEqual([]);
  expect(await inside('patroni1', 'patronictl show-config')).toMatch(/synchronous_mode: true/);
});
