import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { heal } from '../../source/commands/heal.ts';
import { clearNetwork } from '../../source/drills/fault-network.ts';
import { takeHealed } from '../../source/drills/healed-log.ts';
import { openJournal } from '../../source/drills/journal.ts';
import { mender } from '../../source/drills/mender.ts';
import { ownerOf } from '../../source/drills/owner.ts';
import type { Fault } from '../../source/drills/types.ts';
import { connectEngine } from '../../source/engine/connect.ts';
import { helperLabel } from '../../source/engine/control.ts';
import { ensureNettools } from '../../source/engine/nettools.ts';
import type { Engine } from '../../source/engine/types.ts';
import { docker, ensureImages, eventually } from '../helpers/stack.ts';
import type { Doom } from './doomed.ts';

// Most of the time they wait: for their turn, too, and beside other tests.
vi.setConfig({ maxConcurrency: 40, testTimeout: 240_000 });

/** Of this file alone: its containers, its network, its state directory. */
const name = `paws-doomed-${process.pid}`;
const state = mkdtempSync(join(tmpdir(), 'paws-top-doomed-'));
const env = { ...process.env, XDG_STATE_HOME: state };
const subnet = '10.213.77';
const running = new Set<ChildProcess>();
let engine: Engine;
let addresses = 10;

beforeAll(async () => {
  engine = await connectEngine({ host: null, env });
  await ensureImages();
  await ensureNettools({ address: engine.address, host: null, env, project: name, onStep: () => {} });
  await removeAll();
  const IPAM = { Driver: 'default', Config: [{ Subnet: `${subnet}.0/24` }] };
  await docker.createNetwork({ Name: name, IPAM, Labels: { [name]: '' } });
  await container('peer');
});

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await removeAll();
  engine.close();
  rmSync(state, { recursive: true, force: true });
});

async function removeAll(): Promise<void> {
  const label = [name];
  const old = await docker.listContainers({ all: true, filters: { label } });
  await Promise.all(old.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
  for (const { Id } of await docker.listNetworks({ filters: { label } })) await docker.getNetwork(Id).remove();
}

/** Something that calls itself postgres, and takes its container along; nobody here has a stack to lose. */
const script = 'cp /bin/sleep /tmp/postgres && /tmp/postgres 1000; sleep 1; exit 1';

async function container(what: string, stopS = 1): Promise<string> {
  const IPv4Address = `${subnet}.${addresses++}`;
  const made = await docker.createContainer({
    name: `${name}-${what}`,
    Image: 'paws-top/redis:latest',
    User: '0',
    Entrypoint: ['sh', '-c', script],
    Cmd: [],
    Healthcheck: { Test: ['NONE'] },
    Labels: { [name]: '' },
    StopTimeout: stopS,
    HostConfig: { NetworkMode: name },
    NetworkingConfig: { EndpointsConfig: { [name]: { IPAMConfig: { IPv4Address }, Aliases: [what] } } },
  });
  await made.start();
  return made.id;
}

type Look = { readonly state: string | undefined; readonly networks: unknown };

async function look(id: string): Promise<Look> {
  return { state: (await engine.inspect(id))?.container.state, networks: await engine.control.networksOf(id) };
}

/** Starting is what takes the machine's time; waiting does not. */
const atOnce = 2;
const queue: (() => void)[] = [];
let busy = 0;

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (busy >= atOnce) await new Promise<void>((resolve) => queue.push(resolve));
  else busy++;
  return work().finally(() => {
    const next = queue.shift();
    if (next === undefined) busy--;
    else next();
  });
}

/** Breaks a container of its own in a process of its own; resolves once that process is dead or measures. */
async function doom(what: string, fault: Fault, dies: Doom['dies'], deadlineMs = 120_000) {
  const id = await container(what, dies === 'asking' ? 5 : 1);
  const before = await look(id);
  const project = `doomed-${what}`;
  const target = { name: what, system: 'redis', container: `${name}-${what}`, containerId: id } as const;
  const peer = { name: 'peer', system: 'etcd', container: `${name}-peer` } as const;
  const order: Doom = { project, target, peer, fault, dies, deadlineMs };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'doomed.ts'), JSON.stringify(order)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  const lines = createInterface({ input: child.stdout });
  const exited = once(child, 'exit');
  const said: string[] = [];
  lines.on('line', (line) => said.push(line));
  if (dies === 'measuring') await eventually(() => (said.includes('measuring') ? true : null), 30_000);
  else expect((await exited)[1]).toBe('SIGKILL');
  const deadMan = Number(said[0]);
  expect(deadMan).toBeGreaterThan(0);
  const journal = openJournal({ env, project });
  const entry = (await journal.list()).entries[0];
  const undone = async (withinMs: number) => {
    const begun = performance.now();
    await eventually(async () => ((await journal.list()).entries.length === 0 ? true : null), withinMs);
    return performance.now() - begun;
  };
  return { id, before, project, child, exited, deadMan, entry, undone };
}

/** Its parent may not be able to notice. */
const gone = (pid: number) => eventually(async () => ((await ownerOf(pid)) === null ? true : null), 10_000);

const faults: readonly Fault[] = [
  { kind: 'restart' },
  { kind: 'kill' },
  { kind: 'stop' },
  { kind: 'crash' },
  { kind: 'pause' },
  { kind: 'partition', from: 'all' },
  { kind: 'isolate' },
  { kind: 'loss', percent: 50 },
  { kind: 'rate', kbit: 100 },
];
const moments = ['before', 'after', 'measuring'] as const;
/** While the engine still goes on with it. */
const asked = faults.filter(({ kind }) => kind === 'stop' || kind === 'partition');
const cases = [
  ...moments.flatMap((dies) => faults.map((fault) => ({ dies, fault, kind: fault.kind }))),
  ...asked.map((fault) => ({ dies: 'asking' as const, fault, kind: fault.kind })),
].sort((a, b) => longestFirst(a) - longestFirst(b));

/** Where there turns out to be nothing to start, that is waited for. */
function longestFirst({ dies, kind }: { dies: Doom['dies']; kind: Fault['kind'] }): number {
  if (kind === 'restart') return 0;
  return dies === 'before' && (kind === 'kill' || kind === 'stop' || kind === 'crash') ? 1 : 2;
}

const network: ReadonlySet<Fault['kind']> = new Set(['partition', 'loss', 'rate'] as const);

/** What the dead-man tells of each; a restart mends itself. */
const sentences: Partial<Record<Fault['kind'], RegExp>> = {
  kill: / started$/,
  stop: / started$/,
  crash: / started$/,
  pause: / unpaused$/,
  isolate: / back on network /,
  partition: / network rules removed$/,
  loss: / network rules removed$/,
  rate: / network rules removed$/,
};

test.concurrent.each(cases)(
  'kill -9 $dies $kind: undone without help, and nothing is left',
  async ({ dies, fault, kind }) => {
    const { id, before, project, child, exited, deadMan, entry, undone } = await inTurn(() =>
      doom(`${kind}-${dies}`, fault, dies),
    );
    if (dies === 'measuring') {
      child.kill('SIGKILL');
      await exited;
    }
    if (entry === undefined) throw new Error('nothing was in the journal');
    const ms = await undone(60_000);
    // Whoever died in the middle may have asked for something that is still to come.
    if (dies === 'after' || dies === 'measuring') if (kind !== 'restart') expect(ms).toBeLessThan(15_000);
    expect(Date.now()).toBeLessThan(entry.deadlineAt);
    expect(await look(id)).toEqual(before);
    if (network.has(kind)) expect(await clearNetwork(engine.control, id, project)).toBe(false);
    await gone(deadMan);
    const told = (await takeHealed(env, project)).map(({ text }) => text);
    const sentence = sentences[kind];
    // Whether the helper was on its way already is for chance to say; that nothing is left was looked at.
    const byChance = dies === 'asking' && network.has(kind) && told.length === 0;
    if (dies === 'before' || sentence === undefined || byChance) expect(told).toEqual([]);
    else expect(told).toEqual([expect.stringMatching(sentence)]);
    expect(await healed(project)).toEqual(['nothing to heal\n']);
    const label = [`${helperLabel}=${project}`];
    await eventually(
      async () => ((await docker.listContainers({ all: true, filters: { label } })).length === 0 ? true : null),
      5_000, // one may be on its way out
    );
  },
);

test.concurrent('where two heal what the dead-man is about to heal, it is undone once', async () => {
  const { id, before, project, child, exited, deadMan } = await inTurn(() =>
    doom('thrice', { kind: 'pause' }, 'measuring'),
  );
  child.kill('SIGKILL');
  await exited;
  const both = (await Promise.all([healed(project), healed(project)])).flat();
  expect(both.toSorted()).toEqual(['nothing to heal\n', 'thrice unpaused\n']);
  await gone(deadMan);
  expect(await takeHealed(env, project)).toEqual([]);
  expect(await look(id)).toEqual(before);
});

async function healed(project: string): Promise<readonly string[]> {
  const out: string[] = [];
  const code = await heal({
    env,
    project,
    connect: () => connectEngine({ host: null, env }),
    mend: mender(async () => []),
    write: async (text) => void out.push(text),
    stderr: { write: (text: string) => out.push(text) },
  });
  expect(code).toBe(0);
  return out;
}

test.concurrent('an owner that hangs is waited for until the deadline, then its fault is undone', async () => {
  const { id, child, deadMan, entry, undone } = await inTurn(() => doom('hung', { kind: 'pause' }, 'measuring', 6_000));
  child.kill('SIGSTOP');
  if (entry === undefined) throw new Error('nothing was in the journal');
  expect(await look(id)).toMatchObject({ state: 'paused' });
  await undone(15_000);
  expect(Date.now()).toBeGreaterThanOrEqual(entry.deadlineAt);
  expect(await look(id)).toMatchObject({ state: 'running' });
  await gone(deadMan);
});

test.concurrent('while its owner lives the dead-man waits, in a session of its own and for next to no processor time', async () => {
  const { project, child, deadMan } = await inTurn(() => doom('idle', { kind: 'pause' }, 'measuring'));
  const { session, cpuMs } = processOf(deadMan);
  expect(session).toBe(deadMan);
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  expect(processOf(deadMan).cpuMs - cpuMs).toBeLessThan(100);
  expect(readdirSync(join(state, 'paws-top', project, 'faults'))).toHaveLength(1);
  child.kill('SIGKILL');
  await gone(deadMan);
});

/** proc_pid_stat(5): 6 is the session, 14 and 15 are the ticks used, of which there are a hundred a second. */
function processOf(pid: number): { session: number; cpuMs: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return { session: fields[3] ?? 0, cpuMs: ((fields[11] ?? 0) + (fields[12] ?? 0)) * 10 };
}
