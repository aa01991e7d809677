import type { Access } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import type { Measured } from './types.ts';

/** What became of a write that was sent. `readOnly`: the member said that it takes none. */
export type Answer =
  | { readonly outcome: 'acked' }
  | { readonly outcome: 'failed'; readonly why: string; readonly readOnly: boolean }
  | { readonly outcome: 'indeterminate'; readonly why: string };

/** One connection to one member, for one thing at a time. Deadlines are the caller's, who then closes it. */
export type Line = {
  /** Connects unless connected, and asks whether the member takes writes. Rejects: no connection, so nothing was written. */
  check(): Promise<boolean>;
  /** After `check` only. Never rejects. */
  write(id: string): Promise<Answer>;
  isDead(): boolean;
  /** Destroys the socket: nothing is cancelled, and nobody is told. */
  close(): void;
};

/** Where one run's ids go in one system. Its calls are for before and after the run, and have deadlines of their own. */
export type LedgerStore = {
  readonly system: Measured;
  /** Every member takes writes for the whole cluster: the rate is shared among them. */
  readonly spread: boolean;
  /** So many writes in a row may be given up, each of which leaves a server process waiting; then it is tried less often. */
  readonly mostHung: number;
  connect(member: string): Line;
  /** @throws StackError */
  prepare(): Promise<void>;
  /** @throws StackError also when the member is not the primary */
  read(member: string): Promise<ReadonlySet<string>>;
  /** @throws StackError */
  durability(): Promise<string>;
  /** @throws StackError */
  clean(): Promise<void>;
};

/** For what happens beside the writes, a member at a time; the final read may have to wait for a standby that is just back. */
export const choreDeadlineMs = 5000;
export const readDeadlineMs = 15_000;

/** How to reach a member of the ledger. @throws StackError when it has none of that name */
export function wayTo(access: readonly Access[], member: string): Access {
  const way = access.find((one) => one.member.name === member);
  if (way === undefined) throw new StackError('unreachable', `${member} cannot be written to from here`);
  return way;
}
