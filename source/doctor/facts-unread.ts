import { withinDeadline } from '../probes/deadline.ts';
import { toProblem } from '../stack/errors.ts';

/** How long one member may take to answer one question, ms: the doctor as a whole has three seconds. */
export const askDeadlineMs = 1_500;

export type Unread = {
  /** What the work gives; null when it fails or takes too long, which is then said: `what: why not`. */
  attempt<T>(what: string, work: () => Promise<T>): Promise<T | null>;
  say(sentence: string): void;
  /** Sentences, in the order of their words. */
  said(): readonly string[];
};

/** Collects what could not be read, so that nothing is judged by guessing. */
export function createUnread(deadlineMs = askDeadlineMs): Unread {
  const sentences = new Set<string>();
  return {
    async attempt(what, work) {
      try {
        return await withinDeadline(work(), deadlineMs + 100, what);
      } catch (error) {
        sentences.add(`${what}: ${toProblem(error).message}`);
        return null;
      }
    },
    say: (sentence) => void sentences.add(sentence),
    said: () => [...sentences].sort(),
  };
}
