import { inLeavingOrder, type Leaver, removeServices } from '../actions/leave-remove.ts';
import type { ComposeProject } from '../engine/compose.ts';
import type { ComposeService } from '../engine/compose-file.ts';
import { recognise } from '../engine/recognise.ts';
import type { EngineSetup } from '../engine/setup.ts';
import type { ContainerDetails } from '../engine/types.ts';
import type { Progress } from './progress.ts';
import type { Mover } from './up-move.ts';

/** A container that leaves, and whether it runs. */
export type LeavingContainer = Leaver & { readonly runs: boolean };

/** Containers of services that the compose file has but the wanted profile has not, in the order in which they go. */
export function leavingServices(
  project: Pick<ComposeProject, 'name' | 'file'>,
  staying: readonly ComposeService[],
  containers: readonly ContainerDetails[],
): readonly LeavingContainer[] {
  const known = new Set(project.file.services.map(({ name }) => name));
  const stay = new Set(staying.map(({ name }) => name));
  const leavers = containers
    .filter(({ container }) => container.project === project.name)
    .flatMap((details) => {
      const { name, service, state } = details.container;
      if (service === null || !known.has(service) || stay.has(service)) return [];
      return [{ name, service, role: recognise(details), confirms: false, runs: state === 'running' }];
    });
  const order = inLeavingOrder(leavers);
  return leavers.toSorted((a, b) => order.indexOf(a) - order.indexOf(b));
}

/**
 * Has those that stay take over, then stops and removes what leaves the profile, one after the other; volumes stay. Where
 * leadership can't move, everything stays as it is. @throws StackError
 */
export async function leave(options: {
  readonly setup: Pick<EngineSetup, 'cli'>;
  readonly project: ComposeProject;
  readonly staying: readonly ComposeService[];
  readonly progress: Progress;
  readonly leaving: readonly LeavingContainer[];
  readonly mover: Mover;
  readonly signal?: AbortSignal | undefined;
}): Promise<void> {
  const { setup, project, staying, progress, leaving, mover, signal } = options;
  const held = leaving.filter(({ role, runs }) => runs && (role === 'patroni' || role === 'redis'));
  let leavers: readonly Leaver[] = leaving;
  if (held.length > 0) {
    progress.step('leaders');
    const { count, confirming } = await mover.move(project.name, new Set(staying.map(({ name }) => name)), patienceMs);
    progress.done(count === 0 ? 'those that stay lead' : `${count} moved to those that stay`);
    leavers = inLeavingOrder(leaving.map((each) => ({ ...each, confirms: confirming.has(each.name) })));
  }
  progress.step('leave');
  progress.note(
    `${leavers.map(({ service }) => service).join(', ')} leave the profile: containers are removed, volumes stay`,
  );
  let at = 0;
  await removeServices({
    cli: setup.cli,
    leavers,
    onRemove: (service) => progress.detail(`${service} (${++at} of ${leaving.length})`),
    signal,
  });
  progress.done(`${leaving.length} removed`);
}

/** Two leases, and what the Sentinels wait for a master that has just been started. */
const patienceMs = 60_000;
