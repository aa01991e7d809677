import type { Access } from '../engine/types.ts';
import type { Measured } from './types.ts';

/** Times are ms of the process's monotonic clock (`performance.now()`). */
export type Attempt = {
  readonly id: string;
  readonly member: string;
  readonly sentAt: number;
  readonly endedAt: number | null;
  readonly outcome: 'acked' | 'failed' | 'indeterminate' | null;
  /** Sent to the old primary because it is the old primary. */
  readonly viaOld: boolean;
  /** Why it is not acked. */
  readonly why: string | null;
};

export type Counts = {
  readonly attempted: number;
  readonly acked: number;
  readonly failed: number;
  readonly indeterminate: number;
};

/**
 * Writes unique ids to every member that claims to be writable, at a rate, until it is stopped. No retries, no queue; each
 * attempt is noted before it is sent; the only deadline is the client's own, and then the connection is dropped.
 */
export type Ledger = {
  readonly system: Measured;
  /** Makes the table or key space on the writable member. @throws StackError */
  open(): Promise<void>;
  start(): void;
  /**
   * From now on also writes through this member, whatever it claims: once with the usual deadline, and once over a
   * connection with none, as a patient client would.
   */
  insist(member: string): void;
  /** Noted so far, in the order of sending; the same array grows. */
  attempts(): readonly Attempt[];
  counts(): Counts;
  /** Called for each attempt that ends. */
  onEnd(listener: (attempt: Attempt) => void): void;
  /** No new attempts; those under way are given their deadline, then count as indeterminate. */
  stop(): Promise<void>;
  /** Every id of this run on that member, which must be the proven primary. @throws StackError */
  read(member: string): Promise<ReadonlySet<string>>;
  /** What was configured, for the reader of `lost`: `asynchronous; appendfsync everysec`. */
  durability(): Promise<string>;
  /** Removes everything of this run. @throws StackError */
  clean(): Promise<void>;
  close(): void;
};

export type LedgerOptions = {
  readonly access: readonly Access[];
  /** Unique to the run; letters and digits. */
  readonly run: string;
  readonly perSecond: number;
  /** The client's deadline for one attempt. */
  readonly deadlineMs: number;
  /** Attempts kept at most; then it stops by itself. */
  readonly most: number;
};
