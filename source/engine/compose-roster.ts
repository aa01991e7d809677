import { StackError } from '../stack/errors.ts';
import { type ComposeFile, type ComposeService, profilesOf, servicesOf } from './compose-file.ts';

/** The profile that what exists amounts to, and who belongs to it. */
export type Roster = { readonly profile: string | null; readonly expected: readonly ComposeService[] };

/**
 * The active profile is the smallest one that has every service of which a container exists; services the file does not
 * know are no argument. Nothing exists, or no profile has them all: null, and only what exists is expected.
 */
export function rosterOf(file: ComposeFile, existing: Iterable<string>): Roster {
  const known = new Set([...existing].filter((name) => file.services.some((service) => service.name === name)));
  if (known.size === 0) return { profile: null, expected: [] };
  const fitting = [null, ...profilesOf(file)]
    .map((profile) => ({ profile, expected: servicesOf(file, profile) }))
    .filter(({ expected }) => [...known].every((name) => expected.some((service) => service.name === name)))
    .sort((a, b) => a.expected.length - b.expected.length);
  return fitting[0] ?? { profile: null, expected: file.services.filter((service) => known.has(service.name)) };
}

/** Throws `usage` and says what is allowed unless the file knows the profile. */
export function requireProfile(file: ComposeFile, profile: string): void {
  const allowed = profilesOf(file);
  if (allowed.includes(profile)) return;
  const those = allowed.length === 0 ? 'the compose file has no profiles' : `allowed are ${allowed.join(', ')}`;
  throw new StackError('usage', `unknown profile "${profile}"; ${those}`);
}
