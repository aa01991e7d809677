import { levelOf } from '../logs/levels.ts';
import type { Waiting } from '../logs/merge.ts';
import { type Level, type LineKind, levels } from '../logs/types.ts';

export type Selection = {
  /** Of lines in order those that are wanted; asked again while it works, it answers in turn. */
  select(lines: readonly Waiting[]): Promise<readonly Waiting[]>;
};

export type SelectOptions = {
  /** This one and worse; null: all. */
  readonly level: Level | null;
  /** Which of these texts match; null: all. */
  readonly test: ((texts: readonly string[]) => Promise<readonly boolean[]>) | null;
  /** Lines of the same source before and after each match. */
  readonly context: number;
};

/**
 * What `--level`, `--grep` and `--context` leave over. The lines before a match come out just before it, wherever lines of
 * others stand in between: waiting for what may match would hold up all services for one.
 */
export function createSelection({ level, test, context }: SelectOptions): Selection {
  const least = level === null ? 0 : levels.indexOf(level);
  const around = contextOf(context);
  let last: Promise<unknown> = Promise.resolve();

  async function match(lines: readonly Waiting[], verdicts: Promise<readonly boolean[]>): Promise<readonly Waiting[]> {
    const matched = await verdicts;
    return context === 0 ? lines.filter((_, index) => matched[index]) : around(lines, matched);
  }

  return {
    async select(lines) {
      const bad = level === null ? lines : lines.filter((line) => levels.indexOf(line.level ?? 'info') >= least);
      if (test === null) return bad;
      const verdicts = test(bad.map(textOf));
      const answer = last.then(() => match(bad, verdicts));
      last = answer.catch(() => {});
      return answer;
    },
  };
}

/** The text of a line as UTF-8. */
export const textOf = ({ chunk, start, end }: Waiting): string => chunk.toString('utf8', start, end);

function contextOf(context: number): (lines: readonly Waiting[], matched: readonly boolean[]) => readonly Waiting[] {
  const sources = new Map<number, { before: Waiting[]; after: number }>();

  return (lines, matched) => {
    const wanted: Waiting[] = [];
    lines.forEach((line, index) => {
      const state = sources.get(line.source) ?? { before: [], after: 0 };
      sources.set(line.source, state);
      if (matched[index]) {
        wanted.push(...state.before, line);
        state.before = [];
        state.after = context;
      } else if (state.after > 0) {
        wanted.push(line);
        state.after -= 1;
      } else {
        state.before.push(line);
        if (state.before.length > context) state.before.shift();
      }
    });
    return wanted;
  };
}

/** Levels as lines pass by in order: one that continues an entry has that of its first line. */
export function levelsInPassing(): (line: Waiting) => Level | null {
  const heads = new Map<string, Level | null>();
  return (line) => {
    const stream = `${line.source}${line.kind satisfies LineKind}`;
    if (line.entry !== line.at && heads.has(stream)) return heads.get(stream) ?? null;
    const level =
      line.kind === 'note'
        ? null
        : levelOf(line.chunk.toString('latin1', line.start, Math.min(line.end, line.start + looked)));
    heads.set(stream, level);
    return level;
  };
}
/** No level stands further into a line (see levels.ts). */
const looked = 4_096;
