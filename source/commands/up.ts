import { type Compose, composeOf, openComposeProject, requireSuccess } from '../engine/compose.ts';
import { type ComposeService, profilesOf, servicesOf } from '../engine/compose-file.ts';
import { requireProfile } from '../engine/compose-roster.ts';
import { startContainers } from '../engine/compose-start.ts';
import { connectEngine } from '../engine/connect.ts';
import { imageStates, removeReplaced } from '../engine/images.ts';
import type { Run } from '../engine/run.ts';
import { type EngineSetup, ensureEngine } from '../engine/setup.ts';
import { StackError } from '../stack/errors.ts';
import { createProgress, type Output, type Progress } from './progress.ts';
import { untilAborted } from './until-aborted.ts';
import { openCore } from './up-core.ts';
import { leave, leavingServices } from './up-leave.ts';
import { createMover, type Mover, type OpenMeans } from './up-move.ts';
import { build, check, type Prepared } from './up-prepare.ts';
import { awaitHealth, type Ready } from './up-wait.ts';

export type UpOptions = {
  /** null: `full` for our own stack, none for another's compose file. */
  readonly profile: string | null;
  readonly project: string | null;
  readonly composeFile: string | null;
  readonly host: string | null;
  /** Whether packages may be installed. */
  readonly install: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly stderr: Output;
  readonly color: boolean;
  /** Aborted by Ctrl+C: ends within a second, and the next `up` goes on from there. */
  readonly signal?: AbortSignal | undefined;
  /** Says when the stack is good; without it, when every container is healthy. */
  readonly ready?: Ready | undefined;
  /** How long to wait for that, ms. */
  readonly deadlineMs?: number | undefined;
  /** How leaders are moved to those that stay. */
  readonly openMeans: OpenMeans;
  /** The outside world, for tests. */
  readonly connect?: typeof connectEngine;
  readonly run?: Run;
};

/**
 * Brings the stack up and waits until it is healthy: engine, secrets, a look at what could be in the way, images, containers.
 * Does only what is missing, so it can be run again at any time. Returns 0 done, 1 failed, 130 interrupted; throws
 * StackError `usage` (64) and `no-engine` or `not-permitted` (69).
 */
export async function up(options: UpOptions): Promise<number> {
  const project = await openComposeProject(options);
  const profile = options.profile ?? (project.own ? 'full' : null);
  if (profile !== null) requireProfile(project.file, profile);
  const progress = createProgress({ output: options.stderr, env: options.env, color: options.color });
  const mover = createMover({ ...options, progress });
  let engine: EngineSetup | null = null;
  try {
    return await untilAborted(options.signal, async () => {
      engine = await setUp(options, progress);
      return bringUp({ ...options, project, profile, progress, mover, setup: engine });
    });
  } catch (error) {
    progress.close('failed');
    if (options.signal?.aborted) {
      await mover.settled();
      options.stderr.write('interrupted; what runs keeps running, and `paws-top up` goes on from here\n');
      return 130;
    }
    if (!(error instanceof StackError) || !failures.has(error.kind)) throw error;
    options.stderr.write(`${error.message}\n`);
    return 1;
  } finally {
    progress.close('done');
    (engine as EngineSetup | null)?.engine.close();
  }
}
/** Ends that are findings about the stack, not about the call. */
const failures = new Set(['precondition', 'rejected', 'timeout']);

async function setUp(options: UpOptions, progress: Progress): Promise<EngineSetup> {
  progress.step('engine');
  const setup = await ensureEngine({ ...options, say: progress.note, connect: options.connect ?? connectEngine });
  progress.done(`${await setup.engine.version()}, Compose ${setup.compose.version}`);
  return setup;
}

type Given = Prepared & Pick<UpOptions, 'ready' | 'deadlineMs'> & { readonly mover: Mover };

async function bringUp(given: Given): Promise<number> {
  const { project, profile, progress, setup, signal } = given;
  const services = servicesOf(project.file, profile);
  progress.step('check');
  const images = project.own ? await imageStates({ project, services, cli: setup.cli }) : [];
  const outdated = images.filter(({ state }) => state !== 'current');
  if (!(await check(given, services, outdated.length > 0))) return 1;

  // Made after the secrets, whose file it names.
  const { command } = setup.compose;
  const composeWith = (profiles: readonly string[]) =>
    composeOf(setup.run, { command, project, env: given.env, profiles });
  const compose = composeWith(profile === null ? [] : [profile]);
  if (outdated.length > 0) await build(given, compose, outdated);
  const core = await openCore(given, services);
  const everybody = composeWith(profilesOf(project.file));
  const summoned = (await core?.before()) ?? [];
  await start(given, summoned.length === 0 ? compose : everybody, services, summoned);
  const more = (await core?.after()) ?? [];
  if (more.length > 0) await start(given, everybody, services, [...summoned, ...more]);
  const waiting = { ...given, engine: setup.engine, cli: setup.cli, services };
  const leaving = leavingServices(project, services, await setup.engine.list());
  if (leaving.length > 0) {
    // `ready` judges all that exists, so it is asked only when what leaves is gone: a sick stack can be made smaller too.
    if (!(await awaitHealth({ ...waiting, ready: undefined }))) return 1;
    await leave({ ...given, leaving });
  }
  if (!(await awaitHealth(waiting))) return 1;
  if (outdated.length > 0) await removeReplaced(setup.cli, signal);
  given.stderr.write(
    `${project.name}${profile === null ? '' : ` (${profile})`} is up: ${services.length} containers\n`,
  );
  return 0;
}

/** The profile's services, and `summoned` ones beside them. */
async function start(
  given: Given,
  compose: Compose,
  services: readonly ComposeService[],
  summoned: readonly string[],
): Promise<void> {
  const { project, progress, setup, signal } = given;
  progress.step('start');
  const names = [...new Set([...services.map(({ name }) => name), ...summoned])];
  // Also those that leave: they may lead.
  const paused = (await setup.engine.list()).filter(
    ({ container }) => container.project === project.name && container.state === 'paused',
  );
  if (paused.length > 0) {
    progress.note(`resuming ${paused.map(({ container }) => container.service).join(', ')}, which were paused`);
    requireSuccess(
      await setup.cli(['unpause', ...paused.map(({ container }) => container.id)], { signal }),
      'resuming',
    );
  }
  const orphans = project.own ? ['--remove-orphans'] : [];
  // Those who are started for a while are of other profiles, of which the rest must not start.
  const named = summoned.length === 0 ? [] : names;
  await startContainers(compose, ['up', '--detach', '--no-build', ...orphans, ...named], {
    project: project.name,
    deadlineMs: startDeadlineMs,
    signal,
    onDetail: progress.detail,
  });
  progress.done(`${names.length} containers`);
}

/** Another's compose file may have images to be fetched first. */
const startDeadlineMs = 3_600_000;
