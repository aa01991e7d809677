import type { Marks } from './finder-jobs.ts';

/** Texts on screen, with room for some screens back and forth. */
const kept = 1000;

/** Marks of the present search by text. What is not known is asked for. */
export type MarkCache = {
  /** null: not known; it waits to be asked. */
  get(text: string): Marks | null;
  /** Texts that wait. They do so no longer. */
  take(): readonly string[];
  put(texts: readonly string[], marks: readonly Marks[]): void;
  clear(): void;
};

export function createMarkCache(): MarkCache {
  /** null: asked for. The oldest first. */
  const known = new Map<string, Marks | null>();
  let waiting: string[] = [];
  return {
    get(text) {
      const marks = known.get(text);
      if (marks !== undefined) return marks;
      known.set(text, null);
      waiting.push(text);
      for (const oldest of known.keys()) {
        if (known.size <= kept) break;
        known.delete(oldest);
      }
      return null;
    },
    take() {
      // Those that were pushed out meanwhile are no longer on screen.
      const texts = waiting.filter((text) => known.has(text));
      waiting = [];
      return texts;
    },
    put(texts, marks) {
      for (const [index, text] of texts.entries()) if (known.has(text)) known.set(text, marks[index] ?? []);
    },
    clear() {
      known.clear();
      waiting = [];
    },
  };
}
