import type { Level, LineId, LogBuffer } from '../logs/types.ts';
import type { LogShown } from './log-types.ts';

/** What decides which lines of a buffer show. */
export type LogFilter = {
  /** Sources that are shown; null: all. */
  readonly sources: ReadonlySet<number> | null;
  /** Levels that are shown; null: all. */
  readonly levels: readonly Level[] | null;
  /** Whether a kept line matches the search; null: nothing is searched for. */
  readonly matches: ((slot: number) => boolean) | null;
  /** Lines kept before and after a match, where only matches are; null: all lines are kept. */
  readonly context: number | null;
};

/** The next position that shows, in the walk's direction; -1 when there is none any more. */
export type Walk = () => number;

/** A buffer seen through a filter. Nothing is collected: every answer is walked for, from where it is asked on. */
export type LogWindow = {
  /** Whether a line is of a chosen service and level, matching or not. Our own lines are of every level, markers of every service. */
  readonly passes: (slot: number) => boolean;
  /** Positions that show, beyond this one: -1 for the oldest on, `size` for the newest back. */
  readonly walk: (from: number, direction: 1 | -1) => Walk;
  /** The position that stands for a line: itself, where it does not show the next one or else the one before; -1: none shows. */
  readonly standsFor: (line: LineId) => number;
  readonly shown: Omit<LogShown, 'ids'>;
};

export function logWindow(buffer: LogBuffer, filter: LogFilter): LogWindow {
  const { sources, matches } = filter;
  const context = matches === null ? null : filter.context;

  const wanted = filter.levels === null ? null : new Set(filter.levels);
  // Asked of up to all lines in a frame, so what is most often wrong and cheapest to ask comes first.
  const passes = (slot: number): boolean => {
    if (sources !== null) {
      const source = buffer.source(slot);
      // A marker stands among the lines of all services.
      if (source >= 0 && !sources.has(source)) return false;
    }
    // What we say ourselves has no level that anybody could have chosen.
    return wanted === null || wanted.has(buffer.level(slot) ?? 'info') || buffer.kind(slot) === 'note';
  };

  function plainWalk(from: number, direction: 1 | -1): Walk {
    let position = from;
    const everything = sources === null && wanted === null;
    return () => {
      const { size } = buffer;
      do position += direction;
      while (position >= 0 && position < size && !everything && !passes(buffer.slotAt(position)));
      return position >= 0 && position < size ? position : -1;
    };
  }

  const isHit = (slot: number): boolean => matches?.(slot) === true && passes(slot);

  function hitWalk(from: number, direction: 1 | -1): Walk {
    let position = from;
    return () => {
      const { size } = buffer;
      do position += direction;
      while (position >= 0 && position < size && !isHit(buffer.slotAt(position)));
      return position >= 0 && position < size ? position : -1;
    };
  }

  /** Matches with what stands around them. Lines far from a match cost no more than being asked whether they are one. */
  function contextWalk(from: number, direction: 1 | -1, around: number): Walk {
    let position = from;
    let last = from;
    let after = reach(from, direction, around);
    const waiting: number[] = [];
    return () => {
      const next = waiting.pop();
      if (next !== undefined) return next;
      const { size } = buffer;
      for (position += direction; position >= 0 && position < size; position += direction) {
        const slot = buffer.slotAt(position);
        if (isHit(slot)) {
          waiting.push(position);
          const back = plainWalk(position, -direction as 1 | -1);
          for (let left = around; left > 0; left -= 1) {
            const before = back();
            if (before < 0 || (before - last) * direction <= 0) break;
            waiting.push(before);
          }
          last = position;
          after = around;
          return waiting.pop() ?? -1;
        }
        if (after > 0 && passes(slot)) {
          after -= 1;
          last = position;
          return position;
        }
      }
      return -1;
    };
  }

  /** How many lines beyond a position still belong to a match at or before it. */
  function reach(from: number, direction: 1 | -1, around: number): number {
    const back = plainWalk(from + direction, -direction as 1 | -1);
    for (let left = around; left > 0; left -= 1) {
      const before = back();
      if (before < 0) return 0;
      if (isHit(buffer.slotAt(before))) return left;
    }
    return 0;
  }

  const walk = (from: number, direction: 1 | -1): Walk =>
    context === null ? plainWalk(from, direction) : contextWalk(from, direction, context);

  const standsFor = (line: LineId): number => {
    // What has fallen out was older than all that is kept.
    const position = buffer.positionOf(line) ?? 0;
    const next = walk(position - 1, 1)();
    return next >= 0 ? next : walk(position, -1)();
  };

  const idAt = (position: number): LineId | null => (position < 0 ? null : buffer.idOf(buffer.slotAt(position)));
  const newest = (): number => walk(buffer.size, -1)();
  const oldest = (): number => walk(-1, 1)();

  return {
    passes,
    walk,
    standsFor,
    shown: {
      step(from, by) {
        if (by === Infinity) return idAt(newest());
        if (by === -Infinity) return idAt(oldest());
        let at = from === null ? newest() : standsFor(from);
        if (at < 0) return null;
        const next = walk(at, by < 0 ? -1 : 1);
        for (let left = Math.abs(by); left > 0; left -= 1) {
          const further = next();
          if (further < 0) break;
          at = further;
        }
        return idAt(at);
      },
      first: () => idAt(oldest()),
      slots() {
        const found = new Int32Array(buffer.size);
        let length = 0;
        const next = walk(-1, 1);
        for (let position = next(); position >= 0; position = next()) found[length++] = buffer.slotAt(position);
        return found.subarray(0, length);
      },
      last: () => idAt(newest()),
      hit(from, direction) {
        if (from === null) return direction > 0 ? null : idAt(hitWalk(buffer.size, -1)());
        const position = buffer.positionOf(from);
        // From what has fallen out on, the oldest kept is the next one.
        if (position === null) return direction < 0 ? null : idAt(hitWalk(-1, 1)());
        return idAt(hitWalk(position, direction)());
      },
      at: (ms) => idAt(walk(buffer.positionAt(ms) - 1, 1)()),
      ms: (line) => (buffer.holds(line) ? buffer.ms(line.slot) : null),
    },
  };
}
