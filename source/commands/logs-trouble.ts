import type { Reading } from '../logs/following.ts';
import { StackError } from '../stack/errors.ts';

/** What is wrong with the engine or a log, told once, however often it is read anew. */
export type Trouble = {
  /** Tells of a reading, now and whenever something changes about it; only what becomes of these services counts. */
  watch(reading: Reading, services: readonly string[] | null): void;
  /** Rejects with StackError `no-engine` when reading once has not got on for long; never while it follows. */
  readonly givenUp: Promise<never>;
  stop(): void;
};

/** How long an engine may be away before reading once is given up. */
const mostAwayMs = 10_000;

export function createTrouble(say: (line: string) => void, follow: boolean): Trouble {
  const over = Promise.withResolvers<never>();
  over.promise.catch(() => {}); // nobody may wait for it any more
  let told: string | null = null;
  let giveUp: NodeJS.Timeout | null = null;

  /** Something may come yet that does not; what is refused never will. */
  function isStuck({ sources, refuses, trouble }: Reading, services: readonly string[] | null): boolean {
    const wanted = sources.filter(({ source }) => services?.includes(source.service) ?? true);
    if (wanted.length === 0) return trouble !== null;
    return wanted.some(({ source, state }) => state === 'lost' && !refuses(source.index));
  }

  function look(reading: Reading, services: readonly string[] | null): void {
    if (follow || !isStuck(reading, services)) {
      if (giveUp !== null) clearTimeout(giveUp);
      giveUp = null;
    } else {
      giveUp ??= setTimeout(() => {
        over.reject(new StackError('no-engine', reading.trouble ?? 'the engine does not answer'));
      }, mostAwayMs);
    }
  }

  return {
    watch(reading, services) {
      let trouble: string | null = null;
      reading.subscribe(() => {
        look(reading, services);
        if (reading.trouble === trouble) return;
        trouble = reading.trouble;
        if (trouble === told) return;
        told = trouble;
        say(told ?? 'all logs can be read again');
      });
    },
    givenUp: over.promise,
    stop() {
      if (giveUp !== null) clearTimeout(giveUp);
    },
  };
}
