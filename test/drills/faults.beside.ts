import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { hasNetem } from '../../source/drills/fault-network.ts';
import { type FaultGround, prepareFault } from '../../source/drills/faults.ts';
import type { Fault, Target } from '../../source/drills/types.ts';
import { applyUndo } from '../../source/drills/undo.ts';
import { connectEngine } from '../../source/engine/connect.ts';
import { ensureNettools } from '../../source/engine/nettools.ts';
import type { Engine } from '../../source/engine/types.ts';
import { docker, ensureImages, eventually } from '../helpers/stack.ts';
import { addressOf, ask, bringUp, type names, openLine, takeAway } from './throw-away.ts';

const project = 'faults';
const nobody = { run: () => expect.fail('no leadership is changed here') };
const leadership = {
  'patroni-switchover': nobody,
  'patroni-failover': nobody,
  'sentinel-failover': nobody,
  'redis-switchover': nobody,
  'etcd-move-leader': nobody,
};
const notHere = {
  settlePatroni: async () => null,
  settleRedis: async () => expect.fail('unused'),
  cleanLedger: async () => expect.fail('unused'),
};

let engine: Engine;
let ids: Awaited<ReturnType<typeof bringUp>>;
let ground: FaultGround;

beforeAll(async () => {
  await ensureImages();
  engine = await connectEngine({ host: null, env: process.env });
  await ensureNettools({ address: engine.address, host: null, env: process.env, project, onStep: () => {} });
  ids = await bringUp();
  const access = (['victim', 'peer'] as const).map((name) => ({
    member: { name, system: 'redis' as const, container: `paws-top-faults-${name}`, aliases: [] },
  }));
  ground = { engine, project, access, leadership };
});

afterAll(async () => {
  await takeAway();
  engine.close();
});

function target(name: keyof typeof ids): Target {
  return { name, system: 'redis', container: `paws-top-faults-${name}`, containerId: ids[name] };
}

/** Undoing before it is broken does nothing; `mend` undoes it, and once more, which does nothing again. */
async function broken(fault: Fault, name: keyof typeof ids = 'victim') {
  const { undo, inject } = await prepareFault(fault, target(name), ground);
  const undoAll = async () => {
    const said: (string | null)[] = [];
    for (const each of undo) said.push(await applyUndo(each, { engine, project, ...notHere }));
    return said;
  };
  const nothing = undo.map(() => null);
  expect(undo.length).toBeGreaterThan(0);
  expect(await undoAll()).toEqual(nothing);
  onTestFinished(async () => {
    await undoAll();
  });
  const before = Date.now();
  const { at } = await inject();
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(Date.now());
  return {
    mend: async () => {
      const said = await undoAll();
      expect(await undoAll()).toEqual(nothing);
      return said;
    },
  };
}

const startedAt = async (name: keyof typeof ids) => (await engine.inspect(ids[name]))?.container.startedAt ?? null;
const state = async (name: keyof typeof ids) => (await engine.inspect(ids[name]))?.container.state;
const answers = async (name: (typeof names)[number], via?: string) =>
  eventually(async () => ((await ask(name, 'ping', via)) === 'pong' ? true : null), 5_000);

test.each(['kill', 'stop'] as const)('%s: nobody is there, and after the undo it is', async (kind) => {
  const { mend } = await broken({ kind });
  expect(await state('victim')).toBe('exited');
  expect(await ask('victim', 'ping')).toBe('ECONNREFUSED');
  expect(await mend()).toEqual(['victim started']);
  await answers('victim');
});

test('restart: another process, and nothing to undo', async () => {
  const before = await startedAt('victim');
  const { mend } = await broken({ kind: 'restart' });
  expect(await startedAt('victim')).toBeGreaterThan(before ?? Number.POSITIVE_INFINITY);
  expect(await mend()).toEqual([null]);
  await answers('victim');
});

test('pause: connections are taken, questions are not answered', async () => {
  const { mend } = await broken({ kind: 'pause' });
  expect(await ask('victim', 'ping')).toBe('no answer');
  expect(await mend()).toEqual(['victim unpaused']);
  await answers('victim');
});

test('crash: postgres dies, its container does not', async () => {
  const postmaster = () =>
    eventually(async () => {
      const { exitCode, output } = await engine.control.command(ids.postgres, [
        'head',
        '-n',
        '1',
        '/tmp/data/postmaster.pid',
      ]);
      const ready = await engine.control.command(ids.postgres, ['psql', '-h', '/tmp', '-Atc', 'SELECT 1', 'postgres']);
      return exitCode === 0 && ready.output === '1\n' ? Number(output) : null;
    }, 30_000);
  const [before, since] = [await postmaster(), await startedAt('postgres')];
  const { mend } = await broken({ kind: 'crash' }, 'postgres');
  const after = await eventually(async () => {
    const now = await postmaster();
    return now === before ? null : now;
  }, 30_000);
  expect(after).not.toBe(before);
  expect(await startedAt('postgres')).toBe(since);
  expect(await mend()).toEqual([null]);
});

test('crash of a container without postgres says so', async () => {
  const { inject } = await prepareFault({ kind: 'crash' }, target('victim'), ground);
  await expect(inject()).rejects.toThrow('the postgres process of victim could not be killed: there is none');
});

test('partition: cut from members both ways, standing connections too; the host and others still reach it', async () => {
  const [standing, other] = [
    await openLine('peer', addressOf('victim')),
    await openLine('bystander', addressOf('victim')),
  ];
  if (typeof standing === 'string' || typeof other === 'string') return expect.fail(`${standing} ${other}`);
  onTestFinished(() => {
    standing.close();
    other.close();
  });
  expect([await standing.ask('ping'), await other.ask('ping')]).toEqual(['pong', 'pong']);
  const { mend } = await broken({ kind: 'partition', from: 'all' });
  expect(
    await Promise.all([
      standing.ask('ping'),
      ask('peer', 'ping', 'victim'),
      ask('victim', 'ping', 'peer'),
      other.ask('ping'),
      ask('bystander', 'ping', 'victim'),
      ask('victim', 'ping'),
      ask('peer', 'ping', 'bystander'),
    ]),
  ).toEqual(['no answer', 'no answer', 'no answer', 'pong', 'pong', 'pong', 'pong']);
  expect(await mend()).toEqual(['victim: network rules removed']);
  expect([await ask('peer', 'ping', 'victim'), await ask('victim', 'ping', 'peer')]).toEqual(['pong', 'pong']);
});

test('isolate: off its network; back with address, aliases and published port', async () => {
  const before = await engine.control.networksOf(ids.victim);
  expect(before).toMatchObject([{ ipv4: addressOf('victim'), aliases: ['victim-one', 'victim-two'] }]);
  const { mend } = await broken({ kind: 'isolate' });
  expect(await engine.control.networksOf(ids.victim)).toEqual([]);
  expect(await ask('victim', 'ping')).toBe('ECONNREFUSED');
  expect(await ask('peer', 'ping', 'victim')).not.toBe('pong');
  expect(await mend()).toEqual([`victim back on network paws-top-faults with ${addressOf('victim')}`]);
  expect(await engine.control.networksOf(ids.victim)).toEqual(before);
  await answers('victim');
  for (const via of [addressOf('victim'), 'victim-one', 'victim-two']) await answers('peer', via);
});

test('back on the network under another address and without its aliases, it is put right', async () => {
  const { mend } = await broken({ kind: 'isolate' });
  const wrong = { network: 'paws-top-faults', ipv4: '172.29.78.99', ipv6: null, aliases: [], links: [] };
  await engine.control.connect(ids.victim, wrong);
  expect(await mend()).toEqual([`victim back on network paws-top-faults with ${addressOf('victim')}`]);
  await answers('peer', 'victim-two');
});

test('what ended meanwhile is put back on its network, and started by nobody', async () => {
  const { mend } = await broken({ kind: 'isolate' });
  await engine.control.kill(ids.victim);
  expect(await mend()).toEqual([`victim back on network paws-top-faults with ${addressOf('victim')}`]);
  expect(await state('victim')).toBe('exited');
  await engine.control.start(ids.victim);
  await answers('peer', 'victim-one');
});

test('loss of 50 % each way: about a quarter of all questions is answered', async () => {
  const share = async () => Number(await ask('peer', `datagrams ${addressOf('victim')} 1000`, undefined, 5_000)) / 1000;
  expect(await share()).toBe(1);
  const { mend } = await broken({ kind: 'loss', percent: 50 });
  const left = await share();
  expect(left).toBeGreaterThan(0.18); // five standard deviations
  expect(left).toBeLessThan(0.32);
  expect(await mend()).toEqual(['victim: network rules removed']);
  expect(await share()).toBe(1);
});

test('rate of 256 kbit/s: 64 KiB take their two seconds', async () => {
  const took = async () => {
    const begun = performance.now();
    expect(await ask('victim', 'bulk', undefined, 15_000)).toHaveLength(65_536);
    return performance.now() - begun;
  };
  const before = await took();
  const { mend } = await broken({ kind: 'rate', kbit: 256 });
  const slow = await took();
  expect(before).toBeLessThan(500);
  expect(slow).toBeGreaterThan(1_700);
  expect(slow).toBeLessThan(6_000);
  expect(await mend()).toEqual(['victim: network rules removed']);
  expect(await took()).toBeLessThan(500);
});

test('rate and loss at once are both undone', async () => {
  const { mend } = await broken({ kind: 'rate', kbit: 100_000 });
  const { inject } = await prepareFault({ kind: 'loss', percent: 100 }, target('victim'), ground);
  await inject();
  expect(await ask('peer', 'ping', 'victim')).toBe('no answer');
  expect(await mend()).toEqual(['victim: network rules removed']);
  expect(await ask('peer', 'ping', 'victim')).toBe('pong');
});

test('delay: measured where the kernel has it, else refused in so many words', async () => {
  const can = await hasNetem(engine.control, ids.victim, project);
  const fault: Fault = { kind: 'delay', ms: 200, jitterMs: 10 };
  if (!can) {
    await expect(broken(fault)).rejects.toThrow("the engine's kernel cannot delay packets: it has no sch_netem");
  } else {
    const { mend } = await broken(fault);
    const begun = performance.now();
    expect(await ask('peer', 'ping', 'victim', 3_000)).toBe('pong');
    expect(performance.now() - begun).toBeGreaterThan(180);
    expect(await mend()).toEqual(['victim: network rules removed']);
  }
  const links = await engine.control.command(ids.victim, ['ls', '/sys/class/net']);
  expect(links.output.split('\n').filter((name) => /^(eth|lo|paws)/.test(name))).toEqual(['eth0', 'lo']);
});

test('network rules end with the container, and then there is nothing to undo', async () => {
  const { mend } = await broken({ kind: 'partition', from: ['redis'] });
  await engine.control.restart(ids.victim);
  await answers('peer', 'victim');
  expect(await mend()).toEqual([null]);
});

test('the network of the host itself is never touched', async () => {
  for (const fault of [
    { kind: 'loss', percent: 1 },
    { kind: 'partition', from: 'all' },
    { kind: 'isolate' },
  ] as const) {
    await expect(prepareFault(fault, target('onHost'), ground)).rejects.toMatchObject({ kind: 'precondition' });
  }
  expect(await hasNetem({ ...engine.control, runBeside: () => expect.fail('there') }, ids.onHost, project)).toBe(false);
});

test('helpers are gone, and what a helper prints and how it ends is told', async () => {
  const argv = ['sh', '-c', 'echo out; echo err >&2; exit 7'];
  const image = 'paws-top/nettools:latest';
  const { exitCode, output } = await engine.control.runBeside(ids.victim, { image, argv, project });
  expect({ exitCode, lines: output.trim().split('\n').toSorted() }).toEqual({ exitCode: 7, lines: ['err', 'out'] });
  await expect(
    engine.control.runBeside(ids.victim, { image, argv: ['no-such-program'], project }),
  ).rejects.toMatchObject({
    kind: 'rejected',
  });
  const filters = { label: [`paws-top.helper=${project}`] };
  expect(await docker.listContainers({ all: true, filters })).toEqual([]);
});
