import type { ComposeProject } from '../engine/compose.ts';
import { profilesOf } from '../engine/compose-file.ts';
import { recognise } from '../engine/recognise.ts';
import type { Run } from '../engine/run.ts';
import type { ContainerDetails } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import type { Progress } from './progress.ts';
import type { Mover } from './up-move.ts';

/**
 * Before everything stops, leadership goes to the members that every profile has, and the others stop: so that any profile
 * can be started from the data. Where that can't be, it is said, and whoever is needed is started by `up`.
 */
export async function homeFirst({
  project,
  containers,
  mover,
  progress,
  cli,
  signal,
}: {
  readonly project: Pick<ComposeProject, 'name' | 'file'>;
  readonly containers: readonly ContainerDetails[];
  readonly mover: Mover;
  readonly progress: Progress;
  readonly cli: Run;
  readonly signal?: AbortSignal | undefined;
}): Promise<void> {
  const profiles = profilesOf(project.file);
  const core = new Set(
    project.file.services
      .filter((service) => service.profiles.length === 0 || profiles.every((name) => service.profiles.includes(name)))
      .map(({ name }) => name),
  );
  const away = containers.filter(
    ({ container }) => container.state === 'running' && container.service !== null && !core.has(container.service),
  );
  const held = away.some((details) => ['patroni', 'redis'].includes(recognise(details) ?? ''));
  if (core.size === 0 || !held) return;
  progress.step('leaders');
  try {
    const count = await mover.move(project.name, core);
    progress.done(count === 0 ? 'those of every profile lead' : `${count} moved to those of every profile`);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof StackError)) throw error;
    progress.note(`not moved (${error.message}); \`up\` of a smaller profile will start others too, for a while`);
    return;
  }
  progress.step('stop');
  progress.detail(`${away.length} beside them`);
  // Had all to stop at once, one of these would take over in the last moment.
  await cli(['stop', ...away.map(({ container }) => container.id)], { signal });
  progress.done(`${away.length} beside them`);
}
