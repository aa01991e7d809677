import type { StackEvent } from '../stack/events.ts';
import type { Report } from '../stack/report.ts';
import type { Snapshot } from '../stack/snapshot.ts';

/** What front ends see: one immutable value per poll or push. */
export type View = {
  readonly snapshot: Snapshot;
  readonly report: Report;
  /** Newest last, bounded. The array is replaced when an event comes, else the same. */
  readonly events: readonly StackEvent[];
  readonly history: History;
};

/** Bounded series for sparklines, oldest first; null where nothing was read. Key: `cpu:NAME`, `tps:NAME`, `ops:NAME` … */
export type History = { series(key: string): readonly (number | null)[] };

/** For `useSyncExternalStore`. `get` is null until the first snapshot. */
export type Store = {
  get(): View | null;
  subscribe(listener: () => void): () => void;
};

export type Monitor = {
  readonly store: Store;
  start(): void;
  /** Asks everybody at once, now; resolves when all have answered or missed their deadline. */
  refresh(): Promise<void>;
  /** Containers whose usage is worth sampling (those on screen); null: all. */
  sampleOnly(containerNames: ReadonlySet<string> | null): void;
  /** Puts something of ours on the timeline. */
  tell(event: Omit<StackEvent, 'id'>): void;
  stop(): Promise<void>;
};
