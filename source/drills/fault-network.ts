import { nettoolsImage } from '../engine/nettools.ts';
import type { ContainerDetails, Control } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import type { Member } from '../stack/topology.ts';
import {
  clearScript,
  cutScript,
  delayScript,
  effectTime,
  lossScript,
  netemScript,
  rateScript,
} from './network-rules.ts';
import type { Fault, Target } from './types.ts';

/** What is done in a member's own network namespace, and so needs the helper image. */
export type NetworkFault = Extract<Fault, { kind: 'partition' | 'delay' | 'loss' | 'rate' }>;

export function changesNetwork(fault: Fault): fault is NetworkFault {
  return fault.kind === 'partition' || fault.kind === 'delay' || fault.kind === 'loss' || fault.kind === 'rate';
}

/**
 * The script that makes the fault. `all` is every container there is. Throws `precondition` where the member has no
 * network of its own, or nobody to be cut from: rules in the host's namespace would hit everything on it.
 */
export function networkScript(
  fault: NetworkFault,
  target: Target,
  all: readonly ContainerDetails[],
  members: readonly Member[],
): string {
  const own = all.find(({ container }) => container.id === target.containerId)?.networks ?? [];
  if (own.length === 0 || own.some(({ name }) => name === 'host' || name === 'none')) {
    throw new StackError('precondition', `${target.name} has no network of its own`);
  }
  if (fault.kind === 'delay') return delayScript(fault.ms, fault.jitterMs);
  if (fault.kind === 'loss') return lossScript(fault.percent);
  if (fault.kind === 'rate') return rateScript(fault.kbit);
  const cutFrom = peersOf(fault, target, members);
  const others = all.filter(({ container }) => cutFrom.has(container.name) && container.id !== target.containerId);
  const places = others.flatMap(({ networks }) =>
    networks.flatMap(({ address, ipv6, mac = null }) =>
      [address, ipv6 ?? null].flatMap((one) => (one === null ? [] : { address: one, mac })),
    ),
  );
  const distinct = [...new Map(places.map((place) => [place.address, place])).values()];
  if (distinct.length === 0) throw new StackError('precondition', `there is nobody to cut ${target.name} from`);
  return cutScript(distinct);
}

function peersOf({ from }: Extract<Fault, { kind: 'partition' }>, target: Target, members: readonly Member[]) {
  const cut = members.filter(({ system }) => from === 'all' || from.includes(system));
  return new Set(cut.map(({ container }) => container).filter((container) => container !== target.container));
}

/** Runs it beside the member; resolves with the time at which it took effect, epoch ms by the engine's clock. */
export async function injectNetwork(
  control: Control,
  script: string,
  target: Target,
  project: string,
): Promise<number> {
  const { exitCode, output } = await beside(control, target.containerId, script, project);
  const at = effectTime(output);
  if (exitCode === 0 && at !== null) return at;
  if (/qdisc kind is unknown/i.test(output)) {
    throw new StackError('precondition', `the engine's kernel cannot delay packets: it has no sch_netem`);
  }
  const why = output.trim().split('\n').at(-1) || `exit code ${exitCode}`;
  throw new StackError('rejected', `the network of ${target.name} could not be changed: ${why}`);
}

/** Removes what network faults left; whether there was something. */
export async function clearNetwork(control: Control, containerId: string, project: string): Promise<boolean> {
  const { exitCode, output } = await beside(control, containerId, clearScript, project);
  if (exitCode !== 0) throw new StackError('rejected', `firewall rules could not be removed: ${output.trim()}`);
  return /^cleared$/m.test(output);
}

/**
 * Whether packets can be delayed: by the engine's kernel, as found out in this running container's namespace, which feels
 * nothing of it. False where it has no network of its own. Needs the helper image.
 */
export async function hasNetem(control: Control, runningContainerId: string, project: string): Promise<boolean> {
  if ((await control.networksOf(runningContainerId)).length === 0) return false; // it may be the host's
  return (await beside(control, runningContainerId, netemScript, project)).exitCode === 0;
}

function beside(control: Control, containerId: string, script: string, project: string) {
  return control.runBeside(containerId, { image: nettoolsImage, argv: ['sh', '-c', script], project });
}
