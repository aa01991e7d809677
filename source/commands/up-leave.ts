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
  readonly profile: string | null;
  readonly progress: Progress;
  readonly leaving: readonly LeavingContainer[];
  readonly mover: Mover;
  readonly signal?: AbortSignal | undefined;
}): Promise<void> {
  const { setup, project, profile, progress, leaving, mover, signal } = options;
  progress.step('leave');
  const names = leaving.map(({ service }) => service);
  progress.note(`${names.join(', ')} leave the profile: containers are removed, volumes stay`);
  if (leaving.some(({ role, runs }) => runs && role !== null && role !== 'backend')) {
    await mover.change(project.name, profile ?? '');
  } else {
    let at = 0;
    const onRemove = (service: string) => progress.detail(`${service} (${++at} of ${leaving.length})`);
    await removeServices({ cli: setup.cli, leavers: leaving, onRemove, signal });
  }
  progress.done(`${leaving.length} removed`);
}
