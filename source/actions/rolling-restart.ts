import { list } from '../stack/format.ts';
import { type System, systems } from '../stack/topology.ts';
import { nameOf } from './container-actions.ts';
import { previewAway, type Taking, takeAway } from './container-away.ts';
import { refusal } from './preview.ts';
import { clusterReasons } from './rolling-health.ts';
import { memberTarget } from './rolling-members.ts';
import type { Action, Given, Preview, Running, Seen, Target } from './types.ts';

const titles: Readonly<Record<System, string>> = {
  etcd: 'etcd',
  patroni: 'Patroni',
  redis: 'Redis',
  sentinel: 'Sentinel',
};

/** Containers, as it is what people mean: Patroni and its Postgres, on whatever the image is made of. */
const taking: Taking = {
  verb: 'restart',
  passing: true,
  orderly: true,
  always: true,
  literal: (target) => [`POST /containers/${nameOf(target)}/restart`],
  does: (target, { means }) => means.engine.control.restart(nameOf(target)),
  done: 'restarted',
  begins: 'restarts',
};

const all = (system: System, seen: Seen): readonly Target[] =>
  (seen.report[system]?.members ?? []).map(({ name }) => memberTarget(system, name, seen));

/** It is done only to a cluster that is whole: each of its members is the others' reserve. */
function notWhole(system: System, seen: Seen): string | null {
  const cluster = seen.report[system];
  if (cluster === null) return 'the stack has none';
  const away = cluster.members.filter(({ reading }) => reading !== 'ok').map(({ name }) => name);
  if (away.length > 0) return `${list(away)} ${away.length === 1 ? 'does' : 'do'} not answer: mend that first`;
  const [why] = clusterReasons(system, seen);
  if (why !== undefined) return why;
  const [said] = seen.report.verdict.reasons.filter((reason) => reason.system === system);
  return said?.text ?? null;
}

async function preview(system: System, given: Given): Promise<Preview> {
  const why = notWhole(system, given.seen);
  if (why !== null) return refusal(`${titles[system]} is not whole: ${why}`);
  const targets = all(system, given.seen);
  const shown = await previewAway(taking, { ...given, targets });
  // Leadership is always handed over first here; what could break is only told of a lone member.
  const anyway = shown.choices.some(({ id }) => id === 'handover') ? 'handover' : 'go';
  return { ...shown, choices: [{ id: anyway, label: 'restart one by one' }] };
}

async function run(system: System, running: Running): Promise<string> {
  const startedAt = performance.now();
  const targets = all(system, running.means.seen() ?? running.seen);
  await takeAway(taking, { ...running, targets });
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  return `${list(targets.map(({ name }) => name))} restarted one by one in ${seconds} s`;
}

export const rollingRestarts: readonly Action[] = systems.map((system) => ({
  id: `${system}.rolling-restart`,
  label: 'Rolling restart',
  does: `Restarts every ${titles[system]} container, one by one and awaited; who leads hands over first and is the last.`,
  scope: 'cluster',
  system,
  danger: 'disrupts',
  many: false,
  ask: null,
  unavailable: (_target, seen) => notWhole(system, seen),
  preview: (given) => preview(system, given),
  run: (running) => run(system, running),
}));
