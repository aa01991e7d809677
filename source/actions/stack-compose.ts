import { requireSuccess } from '../engine/compose.ts';
import { profilesOf } from '../engine/compose-file.ts';
import type { ActionMeans, ComposeMeans } from './types.ts';

const composeDeadlineMs = 180_000;
const cliDeadlineMs = 30_000;

type How = { readonly what: string; readonly signal?: AbortSignal };

/** Runs Compose with every profile of the file switched on. @throws StackError `rejected`, with its words */
export async function byCompose(means: ActionMeans, words: readonly string[], { what, ...how }: How): Promise<void> {
  const compose = await means.compose();
  const run = compose.with(profilesOf(compose.project.file));
  requireSuccess(await run(words, { timeoutMs: composeDeadlineMs, ...how }), what);
}

/** Runs the engine's own program. @throws StackError `rejected`, with its words */
export async function byCli(means: ActionMeans, words: readonly string[], { what, ...how }: How): Promise<void> {
  requireSuccess(await means.cli(words, { timeoutMs: cliDeadlineMs, ...how }), what);
}

/** Services that every profile has. */
export function coreOf({ project }: ComposeMeans): ReadonlySet<string> {
  const profiles = profilesOf(project.file);
  const always = project.file.services.filter(
    (service) => service.profiles.length === 0 || profiles.every((profile) => service.profiles.includes(profile)),
  );
  return new Set(always.map(({ name }) => name));
}
