import { type ComposeProject, requireSuccess } from '../engine/compose.ts';
import type { ComposeService } from '../engine/compose-file.ts';
import { recognise } from '../engine/recognise.ts';
import type { EngineSetup } from '../engine/setup.ts';
import type { ContainerDetails } from '../engine/types.ts';
import type { ContainerRole } from '../stack/topology.ts';
import type { Progress } from './progress.ts';

/** Containers of services that the compose file has but the wanted profile has not, in the order in which they go. */
export function leavingServices(
  project: Pick<ComposeProject, 'name' | 'file'>,
  staying: readonly ComposeService[],
  containers: readonly ContainerDetails[],
): readonly ContainerDetails[] {
  const known = new Set(project.file.services.map(({ name }) => name));
  const stay = new Set(staying.map(({ name }) => name));
  return containers
    .filter(({ container }) => container.project === project.name)
    .filter(({ container }) => known.has(container.service ?? '') && !stay.has(container.service ?? ''))
    .sort((a, b) => rank(recognise(a)) - rank(recognise(b)) || collator.compare(b.container.name, a.container.name));
}
const collator = new Intl.Collator('en', { numeric: true });

/** Clients before servers; Sentinels before the Redis nodes, whose going they would answer with a failover; etcd last. */
function rank(role: ContainerRole): number {
  return order.indexOf(role);
}
const order: readonly ContainerRole[] = [null, 'backend', 'sentinel', 'redis', 'patroni', 'etcd'];

/**
 * Stops and removes what leaves the profile, one after the other, so that each hands over what it holds to those that are
 * left; volumes stay. Who leads is not moved to the core first, and that is said.
 */
export async function leave(options: {
  readonly setup: Pick<EngineSetup, 'cli'>;
  readonly project: ComposeProject;
  readonly progress: Progress;
  readonly leaving: readonly ContainerDetails[];
  readonly signal?: AbortSignal | undefined;
}): Promise<void> {
  const { setup, progress, leaving, signal } = options;
  progress.step('leave');
  const names = leaving.map(({ container }) => container.service ?? container.name);
  progress.note(`${names.join(', ')} leave the profile: containers are removed, volumes stay`);
  const held = leaving.filter((details) => ['patroni', 'redis'].includes(recognise(details) ?? ''));
  if (held.length > 0) {
    progress.note(
      'leadership is not moved first: where the leader or master leaves, its system has none until it returns',
    );
  }
  for (const [index, { container }] of leaving.entries()) {
    progress.detail(`${names[index]} (${index + 1} of ${leaving.length})`);
    requireSuccess(await setup.cli(['stop', container.id], { signal }), `stopping ${names[index]}`);
    requireSuccess(await setup.cli(['rm', container.id], { signal }), `removing ${names[index]}`);
  }
  progress.done(`${leaving.length} removed`);
}
