/**
 * Breaks a container as a drill does and dies at the moment that it is told, by its own hand where that must be exact.
 * argv[2]: Doom as JSON. Prints the dead-man's pid, then `measuring` where it lives to measure.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDeadMan } from '../../source/drills/dead-man.ts';
import { type LeadershipChange, type LeadershipKind, prepareFault } from '../../source/drills/faults.ts';
import { openJournal } from '../../source/drills/journal.ts';
import { thisProcess } from '../../source/drills/owner.ts';
import type { Fault, Target } from '../../source/drills/types.ts';
import { connectEngine } from '../../source/engine/connect.ts';
import type { Member } from '../../source/stack/topology.ts';

export type Doom = {
  readonly project: string;
  readonly target: Target;
  /** Whom a partition cuts from. */
  readonly peer: Pick<Member, 'name' | 'system' | 'container'>;
  readonly fault: Fault;
  /** `asking`: the engine has been asked, and has not answered. */
  readonly dies: 'before' | 'asking' | 'after' | 'measuring';
  readonly deadlineMs: number;
};

const doom = JSON.parse(process.argv[2] ?? '') as Doom;
const { project, target, fault, dies } = doom;
const { env } = process;
const die = () => process.kill(process.pid, 'SIGKILL');
const none: LeadershipChange = { run: async () => {} };
const leadership: Record<LeadershipKind, LeadershipChange> = {
  'patroni-switchover': none,
  'patroni-failover': none,
  'sentinel-failover': none,
  'redis-switchover': none,
  'etcd-move-leader': none,
};

const engine = await connectEngine({ host: null, env });
const owner = await thisProcess();
const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
const argv = [process.execPath, cli, 'heal', '--dead-man'];
const { pid } = await startDeadMan({ order: { project, owner }, argv, env });
process.stdout.write(`${pid}\n`);
const access = [{ member: { aliases: [], ...doom.peer } as unknown as Member }];
const { undo, inject } = await prepareFault(fault, target, { engine, project, access, leadership });
const now = Date.now();
await openJournal({ env, project }).write({
  schema: 1,
  id: `${fault.kind}-${dies}`,
  project,
  host: null,
  engine: engine.address,
  drill: 'doomed',
  what: `${fault.kind} of ${target.name}`,
  createdAt: now,
  deadlineAt: now + doom.deadlineMs,
  undo,
  owner,
});
if (dies === 'before') die();
const injected = inject();
if (dies === 'asking') {
  await sleep(150);
  die();
}
await injected;
if (dies === 'after') die();
process.stdout.write('measuring\n');
await sleep(120_000);
