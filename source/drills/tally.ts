import type { Attempt, Counts, Lane } from './types.ts';

type History = {
  readonly attempts: readonly Attempt[];
  /** What the final read found; null: there was none. */
  readonly read: ReadonlySet<string> | null;
  /** null: nothing was injected, so the whole time counts. */
  readonly injectedAt: number | null;
  /** When writing began and ended. */
  readonly from: number;
  readonly to: number;
  readonly perSecond?: number;
  /** Writes stop and go on all the time: they are back with the first one that lasts, and how it went is in the outage. */
  readonly fitful?: boolean;
};

export type Tally = {
  readonly outageMs: number | null;
  /** Monotonic; null: writes did not come back, or nobody knows. */
  readonly writableAt: number | null;
  readonly writes: Counts & {
    readonly lost: number | null;
    readonly unexpected: number | null;
    readonly recovered: number | null;
    readonly viaOldPrimary: Counts;
  };
  readonly lost: readonly { readonly id: string; readonly member: string; readonly ackedAt: number }[];
  readonly twoPrimariesMs: number;
};

type Ack = { readonly id: string; readonly member: string; readonly at: number };

/**
 * What a history of attempts and a final read prove. An acknowledged write that the read lacks is lost, and its
 * acknowledgement was no availability: two masters at once are loss. Unexpected is what was read though nobody attempted
 * it, or though it had failed for sure. Without a read these are null, and so is the outage; writable is then whoever
 * acknowledged, lasting or not.
 */
export function tally({ attempts, read, injectedAt, from, to, perSecond = 20, fitful = false }: History): Tally {
  const acks = acksOf(attempts);
  const lost = read === null ? [] : acks.filter(({ id }) => !read.has(id));
  const lasting = read === null ? acks : acks.filter(({ id }) => read.has(id));
  const gaps = gapsBetween(lasting, to).filter(({ end }) => end >= (injectedAt ?? from));
  const longest = gaps.reduce<Gap | null>(
    (most, gap) => (most === null || length(gap) > length(most) ? gap : most),
    null,
  );
  const excusedMs = Math.max(250, 5 * (1000 / perSecond));
  const stopped = longest !== null && length(longest) > excusedMs && (longest.open || !fitful) ? longest : null;
  return {
    outageMs: read === null || longest === null ? null : length(longest),
    writableAt: writableAt(lasting, stopped, injectedAt ?? from),
    writes: {
      ...countAttempts(attempts),
      lost: read === null ? null : lost.length,
      unexpected: read === null ? null : unexpectedIn(read, attempts),
      recovered: read === null ? null : attempts.filter((one) => isOpen(one) && read.has(one.id)).length,
      viaOldPrimary: countAttempts(attempts.filter((one) => one.viaOld && isAfter(one, injectedAt))),
    },
    lost: lost.map(({ id, member, at }) => ({ id, member, ackedAt: at })),
    twoPrimariesMs: sideBySideMs(acks, injectedAt),
  };
}

/** How attempts ended; what is still under way counts as indeterminate. */
function countAttempts(attempts: readonly Attempt[]): Counts {
  const count = (wanted: (attempt: Attempt) => boolean) => attempts.filter(wanted).length;
  return {
    attempted: attempts.length,
    acked: count(({ outcome }) => outcome === 'acked'),
    failed: count(({ outcome }) => outcome === 'failed'),
    indeterminate: count(isOpen),
  };
}

const isOpen = ({ outcome }: Attempt): boolean => outcome === null || outcome === 'indeterminate';

/** What had ended before the injection went to the primary, not to the old one. */
const isAfter = ({ endedAt }: Attempt, injectedAt: number | null): boolean =>
  endedAt === null || injectedAt === null || endedAt >= injectedAt;

function acksOf(attempts: readonly Attempt[]): Ack[] {
  return attempts
    .flatMap(({ id, member, endedAt, outcome }) =>
      outcome === 'acked' && endedAt !== null ? [{ id, member, at: endedAt }] : [],
    )
    .sort((one, other) => one.at - other.at);
}

function unexpectedIn(read: ReadonlySet<string>, attempts: readonly Attempt[]): number {
  const possible = new Set(attempts.filter(({ outcome }) => outcome !== 'failed').map(({ id }) => id));
  return [...read].filter((id) => !possible.has(id)).length;
}

/** `open`: it ends because writing ended. */
type Gap = { readonly start: number; readonly end: number; readonly open: boolean };
const length = ({ start, end }: Gap): number => end - start;

function gapsBetween(acks: readonly Ack[], to: number): Gap[] {
  return acks.map(({ at }, index) => {
    const next = acks[index + 1];
    return { start: at, end: next?.at ?? Math.max(at, to), open: next === undefined };
  });
}

function writableAt(acks: readonly Ack[], stopped: Gap | null, since: number): number | null {
  if (stopped !== null) return stopped.open ? null : stopped.end;
  return acks.find(({ at }) => at >= since)?.at ?? null;
}

/**
 * From the first acknowledgement of a later member to the last one of an earlier member that the later one follows again.
 * A primary that hands over and is handed back to later is never in between. Where several members took writes before the
 * injection, as with etcd, there are no primaries.
 */
function sideBySideMs(acks: readonly Ack[], injectedAt: number | null): number {
  const before = new Set(acks.filter(({ at }) => injectedAt === null || at < injectedAt).map(({ member }) => member));
  if (before.size > 1) return 0;
  const members = [...new Set(acks.map(({ member }) => member))]; // in the order of their first acknowledgement
  const overlaps = members.flatMap((old, index) =>
    members.slice(index + 1).map((successor) => {
      const first = acks.find(({ member }) => member === successor)?.at ?? 0;
      const last = acks.findLast(({ member }) => member === successor)?.at ?? 0;
      const zombie = acks.findLast(({ member, at }) => member === old && at > first && at < last);
      return zombie === undefined ? 0 : zombie.at - first;
    }),
  );
  return Math.max(0, ...overlaps);
}

type LaneOptions = {
  readonly from: number;
  /** Slices until here, though nothing may have happened any more. */
  readonly to?: number;
  readonly sliceMs: number;
  readonly injectedAt: number;
};

/**
 * Attempts per slice, as an application would have met them: an acknowledgement where it came, the others where they were
 * sent. What still goes to the old primary once another member acknowledges is left out: it says nothing of availability.
 */
export function laneOf(attempts: readonly Attempt[], { from, to = from, sliceMs, injectedAt }: LaneOptions): Lane {
  const lane = { acked: [] as number[], failed: [] as number[], indeterminate: [] as number[] };
  const lengthen = (slices: number) => {
    for (const counts of Object.values(lane)) while (counts.length < slices) counts.push(0);
  };
  lengthen(Math.ceil((to - from) / sliceMs));
  const olds = new Set(attempts.filter(({ viaOld }) => viaOld).map(({ member }) => member));
  const successor = acksOf(attempts).find(({ member, at }) => at >= injectedAt && !olds.has(member));
  const movedOnAt = olds.size === 0 ? Number.POSITIVE_INFINITY : (successor?.at ?? Number.POSITIVE_INFINITY);
  for (const { outcome, sentAt, endedAt, viaOld } of attempts) {
    const at = outcome === 'acked' ? (endedAt ?? sentAt) : sentAt;
    if (outcome === null || at < from || (viaOld && at > movedOnAt)) continue;
    const slice = Math.floor((at - from) / sliceMs);
    lengthen(slice + 1);
    lane[outcome][slice] = (lane[outcome][slice] ?? 0) + 1;
  }
  return { sliceMs, fromMs: from - injectedAt, ...lane };
}
