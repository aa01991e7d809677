import { duration, plain } from './format.ts';
import { ageMs, type Reading } from './reading.ts';
import type { RowReading } from './report.ts';
import type { Probed, Snapshot } from './snapshot.ts';
import type { Container } from './topology.ts';

/**
 * How much a member's claims are worth.
 * current: votes and counts as healthy. late: votes, as last known, and is not healthy. pending: not asked yet.
 * starting: its container is, and it does not answer yet. refusing: nobody listens behind a running container.
 * silent: asked and not answered; it may still work for others. gone: for certain not working (stopped, paused, missing).
 */
export type Presence = 'current' | 'late' | 'pending' | 'starting' | 'refusing' | 'silent' | 'gone';

/** A member as the rules see it. */
export type Seen<P extends Probed<unknown>> = P & {
  readonly behind: Container | null;
  readonly presence: Presence;
  /** What it claims now, or claimed a moment ago; null when its word no longer counts. */
  readonly claim: NonNullable<P['reading']['value']> | null;
  readonly silentMs: number | null;
};

/** Joins members with their containers and judges what their word is worth. */
export function seeAll<P extends Probed<unknown>>(members: readonly P[], snapshot: Snapshot): readonly Seen<P>[] {
  const byContainer = new Map(snapshot.containers.map((row) => [row.name, row]));
  return members.map((member) => {
    const behind = byContainer.get(member.container) ?? null;
    const presence = presenceOf(member.reading, behind);
    const counts = presence === 'current' || presence === 'late';
    const claim = (counts ? member.reading.value : null) as Seen<P>['claim'];
    return { ...member, behind, presence, claim, silentMs: ageMs(member.reading, snapshot.at) };
  });
}

/** `behind`: the container, or null when none is known. */
export function presenceOf(reading: Reading<unknown>, behind: Container | null): Presence {
  if (reading.status === 'absent' || (behind !== null && behind.state !== 'running')) return 'gone';
  if (reading.status === 'ok') return reading.value === null ? 'pending' : 'current';
  // Whatever it answered was before this start.
  if (behind?.health === 'starting' && (reading.at === null || reading.at < (behind.startedAt ?? 0))) return 'starting';
  if (reading.status === 'stale') return reading.value === null ? 'pending' : 'late';
  const kind = reading.problem?.kind;
  return kind === 'refused' || kind === 'closed' ? 'refusing' : 'silent';
}

/** Certain not to work, as far as can be told from here. */
export const isOut = (member: { readonly presence: Presence }): boolean =>
  member.presence === 'gone' || member.presence === 'refusing';

/** Not expected to answer yet. */
export const isComing = (member: { readonly presence: Presence }): boolean =>
  member.presence === 'starting' || member.presence === 'pending';

/** What is wrong with a member's answers, as the end of a sentence that begins with its name; null: nothing. */
export function trouble(member: Seen<Probed<unknown>>): string | null {
  switch (member.presence) {
    case 'current':
      return member.behind?.health === 'unhealthy' ? 'answers, but its health check fails' : null;
    case 'pending':
      return 'has not been asked yet';
    case 'starting':
      return 'is starting';
    case 'gone':
      return containerTrouble(member.behind);
    case 'late':
      return `has not answered for ${duration(member.silentMs)}`;
    case 'refusing':
      return member.reading.problem?.kind === 'closed' ? 'closes connections without an answer' : 'refuses connections';
    case 'silent':
      return silence(member.reading, member.silentMs);
  }
}

function silence(reading: Reading<unknown>, silentMs: number | null): string {
  const message = plain(reading.problem?.message ?? '');
  switch (reading.problem?.kind) {
    case 'unauthorized':
      return `rejects our credentials: ${message}`;
    case 'garbage':
      return `answers what cannot be read: ${message}`;
    case 'unreachable':
      return `cannot be reached from here: ${message}`;
    case 'rejected':
      return `rejects the question: ${message}`;
    case 'timeout':
    case undefined:
      return silentMs === null ? 'has never answered' : `has not answered for ${duration(silentMs)}`;
    default:
      return `cannot be asked: ${message}`;
  }
}

/** What is wrong with a container that does not run, as the end of a sentence. */
export function containerTrouble(behind: Container | null): string {
  const exit = behind?.exitCode == null ? '' : ` (exit ${behind.exitCode})`;
  switch (behind?.state) {
    case 'exited':
      return `is stopped${exit}`;
    case 'paused':
      return 'is paused';
    case 'restarting':
      return `keeps restarting${exit}`;
    case 'created':
      return 'has not been started';
    case 'dead':
      return `is dead${exit}`;
    case 'removing':
      return 'is being removed';
    case 'running':
      return 'cannot be asked';
    default:
      return 'is missing: its container is gone';
  }
}

/** What every row of a system's table carries. */
export function rowReading(member: Seen<Probed<unknown>>, now: number): RowReading {
  const error = rowError(member.reading, member.behind, now);
  return {
    name: member.name,
    reading: member.reading.status,
    ageMs: member.silentMs,
    ...(error === null ? {} : { error }),
    container: member.container,
    via: member.via,
  };
}

/** Why a reading is not ok, container first; null when it is. */
export function rowError(reading: Reading<unknown>, behind: Container | null, now: number): string | null {
  if (reading.status === 'ok') return null;
  if (behind !== null && behind.state !== 'running') {
    const code = behind.state === 'exited' && behind.exitCode !== null ? ` (${behind.exitCode})` : '';
    const ago = behind.finishedAt == null ? '' : ` ${duration(now - behind.finishedAt)} ago`;
    return `container ${behind.state === 'missing' ? 'is missing' : `${behind.state}${code}${ago}`}`;
  }
  if (reading.problem !== null) return plain(reading.problem.message);
  return reading.at === null ? 'not asked yet' : 'the answer is late';
}
