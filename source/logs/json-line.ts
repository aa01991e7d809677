import type { Level, LineKind, Moment, Source } from './types.ts';

/** A line as `paws-top logs --json` and a saved file have it: one object a line. */
export type JsonLine = {
  /** ISO 8601 in UTC with nanoseconds. */
  readonly at: string;
  /** null: a marker, which is of none. */
  readonly service: string | null;
  readonly container: string | null;
  /** `note` is a line of our own: a restart, a marker. */
  readonly stream: 'stdout' | 'stderr' | 'note';
  readonly level: Level | null;
  readonly text: string;
  /** Bytes that were left out at its end; absent where it is whole. */
  readonly cutBytes?: number;
};

const streams = { out: 'stdout', err: 'stderr', note: 'note' } as const;

/** The object that stands for a line. */
export function jsonLine(
  line: {
    readonly at: Moment;
    readonly kind: LineKind;
    readonly level: Level | null;
    readonly text: string;
    readonly cut: number;
  },
  source: Source | null,
): JsonLine {
  return {
    at: isoMoment(line.at),
    service: source?.service ?? null,
    container: source?.container ?? null,
    stream: streams[line.kind],
    level: line.level,
    text: line.text,
    ...(line.cut > 0 ? { cutBytes: line.cut } : {}),
  };
}

/** `2026-11-23T21:04:11.123456789Z`. */
export const isoMoment = ({ ms, ns }: Moment): string =>
  `${new Date(ms).toISOString().slice(0, -1)}${String(ns).padStart(6, '0')}Z`;
