import { expect, test } from 'vitest';
import { openSentinelProbe, parsePeers, parseSentinel, parseUsable } from '../../source/probes/sentinel.ts';
import { type Reply, startRedis } from './fake-redis.ts';
import { accessTo } from './fake-server.ts';
import { fixture } from './fixture.ts';

type Recorded = {
  readonly myId: string;
  readonly info: string;
  readonly masters: readonly Reply[];
  readonly replicas: readonly Reply[];
  readonly sentinels: readonly Reply[];
  readonly ckquorum: string | { readonly error: string };
};
const read = (situation: string) => fixture<Recorded>('sentinel', situation);
const parse = ({ myId, info, masters }: Recorded) => parseSentinel(myId, info, masters);

test('a Sentinel names its master, its quorum and its timing', () => {
  const claim = parse(read('healthy'));
  expect(claim.myId).toMatch(/^[0-9a-f]{40}$/);
  expect(claim.tilt).toBe(false);
  expect(claim.masters).toMatchObject([
    {
      name: 'paws',
      sdown: false,
      odown: false,
      flags: ['master'],
      quorum: 2,
      downAfterMs: 2000,
      failoverTimeoutMs: 10_000,
    },
  ]);
  expect(claim.masters[0]?.address).toMatch(/^172\.28\.3\.\d:6379$/);
  expect(claim.masters[0]?.configEpoch).toBeGreaterThanOrEqual(0);
});

test('a replica that is down is so by its flags', () => {
  const replicas = parsePeers(read('replica-down').replicas);
  expect(replicas).toHaveLength(2);
  expect(replicas.filter((peer) => peer.sdown)).toEqual([
    { address: '172.28.3.1:6379', flags: expect.arrayContaining(['s_down', 'slave']), sdown: true },
  ]);
  expect(parsePeers(read('replica-down').sentinels)).toHaveLength(2);
});

test('maps, as RESP3 has them, read the same as flat lists', () => {
  const flat = read('healthy');
  const maps = read('healthy-resp3');
  expect(parse(maps)).toEqual(parse(flat));
  const byAddress = (reply: unknown) =>
    parsePeers(reply)
      .map((peer) => peer.address)
      .sort();
  expect(byAddress(maps.replicas)).toEqual(byAddress(flat.replicas));
  expect(
    parsePeers([
      new Map([
        ['ip', '10.0.0.1'],
        ['port', '1'],
        ['flags', 'slave'],
      ]),
    ]),
  ).toEqual([{ address: '10.0.0.1:1', flags: ['slave'], sdown: false }]);
});

test('a master that all agree is down is o_down', () => {
  expect(parse(read('odown')).masters).toMatchObject([{ sdown: true, odown: true, quorum: 1 }]);
});

test('a Sentinel that distrusts its clock is in TILT', () => {
  expect(parse(read('tilt')).tilt).toBe(true);
});

test('CKQUORUM is an answer either way', () => {
  expect(parseUsable('OK 3 usable Sentinels. Quorum and failover authorization can be reached')?.ok).toBe(true);
  const no = new Error('NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the specified quorum');
  expect(parseUsable(no)).toEqual({ ok: false, text: no.message });
  expect(parseUsable(undefined)).toBeNull();
});

test('a Redis that is no Sentinel is garbage', () => {
  expect(() => parseSentinel('', '# Sentinel\r\n', [], 'redis1')).toThrow(/a Redis, but not a Sentinel/);
});

/** A Sentinel of the recording; counts what it is asked. */
async function serve(recorded: () => Recorded) {
  const asked: string[] = [];
  const redis = await startRedis((command) => {
    const text = command.slice(0, 2).join(' ');
    asked.push(text);
    const { myId, info, masters, replicas, sentinels, ckquorum } = recorded();
    const quorum = typeof ckquorum === 'string' ? ckquorum : new Error(ckquorum.error);
    const replies: Record<string, Reply> = {
      'sentinel myid': myId,
      'info sentinel': info,
      'sentinel masters': masters,
      'sentinel replicas': replicas,
      'sentinel sentinels': sentinels,
      'sentinel ckquorum': quorum,
    };
    return replies[text] ?? 'OK';
  });
  return { redis, asked };
}

test('everything comes in one round trip once the master is known', async () => {
  const { redis, asked } = await serve(() => read('replica-down'));
  const probe = openSentinelProbe(accessTo(redis.port, 'sentinel'), 1000);
  const first = await probe.ask();
  expect(first.masters[0]).toMatchObject({ usable: { ok: true } });
  expect(first.masters[0]?.replicas).toHaveLength(2);
  expect(first.masters[0]?.sentinels).toHaveLength(2);

  const before = redis.writes();
  const second = await probe.ask();
  expect(redis.writes() - before).toBe(1);
  expect(second).toEqual(first);
  expect(asked.filter((text) => text === 'sentinel ckquorum')).toHaveLength(1);
  probe.close();
});

test('a master that is new is looked at in the same ask', async () => {
  const recorded = read('replica-down');
  let current: Recorded = { ...recorded, masters: [] };
  const { redis } = await serve(() => current);
  const probe = openSentinelProbe(accessTo(redis.port, 'sentinel'), 1000);
  expect((await probe.ask()).masters).toEqual([]);
  current = { ...recorded, ckquorum: { error: 'NOQUORUM 1 usable Sentinels.' } };
  expect((await probe.ask()).masters).toMatchObject([
    { replicas: [{}, {}], usable: { ok: false, text: 'NOQUORUM 1 usable Sentinels.' } },
  ]);
  current = { ...recorded, masters: [] };
  expect((await probe.ask()).masters).toEqual([]);
  probe.close();
});

test('a Sentinel that could not fail over is asked again at once whether it can now', async () => {
  const recorded = read('replica-down');
  let current: Recorded = { ...recorded, ckquorum: { error: 'NOQUORUM 1 usable Sentinels.' } };
  const { redis, asked } = await serve(() => current);
  const probe = openSentinelProbe(accessTo(redis.port, 'sentinel'), 1000);
  expect((await probe.ask()).masters).toMatchObject([{ usable: { ok: false } }]);
  current = recorded;
  expect((await probe.ask()).masters).toMatchObject([{ usable: { ok: true } }]);
  await probe.ask();
  expect(asked.filter((text) => text === 'sentinel ckquorum')).toHaveLength(2);
  probe.close();
});

test('a Sentinel that wants a password is unauthorized', async () => {
  const redis = await startRedis(() => new Error('NOAUTH Authentication required.'));
  const probe = openSentinelProbe(accessTo(redis.port, 'sentinel'), 1000);
  await expect(probe.ask()).rejects.toMatchObject({ kind: 'unauthorized' });
  probe.close();
});
