/** What logs are made of. Times are epoch ms beside nanoseconds within that millisecond: a number alone can't hold both. */

/** A moment as Docker stamps it: `ms` is a whole number of epoch ms, `ns` the nanoseconds within it, 0–999 999. */
export type Moment = { readonly ms: number; readonly ns: number };

export const levels = ['debug', 'info', 'notice', 'warning', 'error', 'fatal'] as const;
/** How bad a line says it is. What says nothing has none (null), which is shown wherever info is. */
export type Level = (typeof levels)[number];

/** `out` and `err` are the container's; `note` is a line of our own: a restart, a marker. */
export const lineKinds = ['out', 'err', 'note'] as const;
export type LineKind = (typeof lineKinds)[number];

/** Where lines come from. A container that is recreated under its name is the same source. */
export type Source = {
  /** Counts up from 0; what lines name it by. */
  readonly index: number;
  /** Container's name. */
  readonly container: string;
  /** What stands before a line: the Compose service, else the container's name. */
  readonly service: string;
};

/** A line as it comes from a stream. */
export type Line = {
  /** Index of its source; -1 for a note that is of none: a marker. */
  readonly source: number;
  readonly kind: LineKind;
  readonly at: Moment;
  /**
   * The moment of the entry that it belongs to: a DETAIL of Postgres or a frame of a stack trace has that of its first line, so
   * that it is kept beside it. Else the same object as `at`.
   */
  readonly entry: Moment;
  /** Without its end of line. Not valid UTF-8 perhaps; only valid until the callback returns. */
  readonly text: Uint8Array;
  /** Bytes that were left out at its end, because it was longer than a line may be. */
  readonly cut: number;
};

/** Where lines go. Called from a stream's data event: it must be quick and never throw. */
export type Sink = (line: Line) => void;

/** A kept line. The slot is used again once the line has fallen out: `holds` tells. */
export type LineId = { readonly slot: number; readonly seq: number };

export type Bounds = { readonly lines: number; readonly bytes: number };

/** One ring for all lines, in order: by their entry's moment, then source, then arrival. Positions count from 0, the oldest. */
export type LogBuffer = {
  readonly bounds: Bounds;
  /** Copies the line. It is not yet in its place: `settle` puts it there. */
  readonly add: Sink;
  /** Puts what was added into its place and drops what is beyond the bounds. Returns the slots of new lines that were kept. */
  settle(): Int32Array;
  /** Lines in their places. */
  readonly size: number;
  slotAt(position: number): number;
  /** Where a slot stands now, or null when its line has fallen out. */
  positionOf(line: LineId): number | null;
  /** The first position at or after a moment; `size` when there is none. */
  positionAt(ms: number): number;
  idOf(slot: number): LineId;
  holds(line: LineId): boolean;
  /** Epoch ms. */
  ms(slot: number): number;
  /** Nanoseconds within that millisecond. */
  ns(slot: number): number;
  source(slot: number): number;
  kind(slot: number): LineKind;
  cut(slot: number): number;
  /** It belongs to the entry of the line before it. */
  continues(slot: number): boolean;
  /** Found when first asked; a line that continues has its entry's. */
  level(slot: number): Level | null;
  /** A view, not a copy: valid until the next `add` or `settle`. */
  bytes(slot: number): Buffer;
  /** As UTF-8, with U+FFFD for what is none. */
  text(slot: number): string;
  /** Since the beginning, or since it was cleared. `lost`: what fell out at the old end. */
  readonly counts: { readonly added: number; readonly lost: number; readonly keptBytes: number };
  /** Counts up whenever something in it changed. */
  readonly version: number;
  clear(): void;
  /** Memory that a search in another thread reads: see finder.ts. */
  readonly shared: SharedLines;
};

/**
 * The part of a buffer that another thread may read. A slot's text is `length` bytes at `offset` of `chunks[chunk]`. Texts are
 * moved together while others fall out, so a reader copies what it needs and believes the copy only if the slot's `seq`,
 * `chunk` and `offset` are the same after as before, else reads again: a slot loses its seq, or points to its new place, before
 * its bytes are used for another line. Its offset is -1 for the instant in which it is moved.
 */
export type SharedLines = {
  readonly chunk: Int32Array<SharedArrayBuffer>;
  readonly offset: Int32Array<SharedArrayBuffer>;
  readonly length: Int32Array<SharedArrayBuffer>;
  /** By slot, from 1 on; 0: no line. A line that was tested is the same one only while this is the same. */
  readonly seq: Float64Array<SharedArrayBuffer>;
  /** Grows; a chunk that is no longer used is used again, never shrunk. */
  readonly chunks: readonly SharedArrayBuffer[];
};

/** A search as it goes. It never blocks: lines are tested in another thread, newest first. */
export type Search = {
  readonly pattern: string;
  /** Kept lines that match, of those tested so far. */
  readonly hits: number;
  readonly tested: number;
  readonly total: number;
  /** All that was kept when it began has been tested: what has come since is at most a moment behind. */
  readonly caughtUp: boolean;
  /** `not a regular expression (…)`, `takes too long on a line`: nothing is found then. */
  readonly trouble: string | null;
};

export type Finder = {
  /** Searches anew; null ends it. A pattern all in lower case matches any case. */
  search(pattern: string | null): void;
  readonly state: Search | null;
  /** Whether a kept line is known to match. */
  matches(slot: number): boolean;
  /** New lines, from `LogBuffer.settle`. */
  test(slots: Int32Array): void;
  /** `[from, to)` pairs in a text as it is shown, of the present search; null: not known yet, `subscribe` tells when. */
  marks(text: string): readonly (readonly [number, number])[] | null;
  subscribe(listener: () => void): () => void;
  close(): void;
};

export type SourceState = {
  readonly source: Source;
  /** `waiting`: it does not run, or is not there; it is followed again as soon as it is. */
  readonly state: 'reading' | 'following' | 'waiting' | 'lost';
};

/** Streams of a chosen set of containers into one sink; see follow.ts. */
export type Following = {
  /** Exactly these services are followed from now on; null: all of the project. Taking up one again misses nothing and doubles nothing. */
  choose(services: readonly string[] | null): void;
  /** All that may be chosen. Sources that were ever followed keep their index. */
  readonly sources: readonly SourceState[];
  /** What is wrong with the engine, one line; null when nothing is. */
  readonly trouble: string | null;
  subscribe(listener: () => void): () => void;
  stop(): void;
};

/** Logs for the screen: opened when first asked for. */
export type Logs = {
  readonly buffer: LogBuffer;
  readonly finder: Finder;
  readonly following: Following;
  /** Puts a line of our own among the others, at this moment. */
  mark(text: string): void;
  /** Finds the levels of all lines, a few ms at a time: for whoever is about to choose some, and would wait for them in one frame. */
  findLevels(): void;
  /** Settles what has come; whether anything is new to see. Once a frame. */
  settle(): boolean;
  /** Something has come, or has been found: at least one `settle` is worth it. Never more often than ten times a second. */
  subscribe(listener: () => void): () => void;
  close(): void;
};
