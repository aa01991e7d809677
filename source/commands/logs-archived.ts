import { type Archive, readArchived } from '../logs/archive-read.ts';
import { entryTracker } from '../logs/entries.ts';
import type { Moment } from '../logs/types.ts';
import type { Printer } from './logs-printer.ts';

export type ArchivedOptions = {
  readonly archive: Archive;
  /** null: all. */
  readonly services: readonly string[] | null;
  readonly since: Moment | null;
  readonly tail: number | null;
  readonly printer: Printer;
  readonly sourceOf: (container: string, service: string) => number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

/** Lines of an archive, as `readLive` has those of an engine. */
export function readArchive(options: ArchivedOptions): {
  done: Promise<boolean>;
  hold(source: number, on: boolean): void;
} {
  const { archive, services, printer, sourceOf, signal } = options;
  const held = new Map<number, PromiseWithResolvers<void>>();
  const chosen = archive.sources.filter(({ service }) => services?.includes(service) ?? true);
  const numbered = chosen.map(({ service, container, files }) => ({ files, number: sourceOf(container, service) }));
  for (const { number } of numbered) printer.open(number);

  const done = Promise.all(
    numbered.map(async ({ files, number }) => {
      const entryOf = { out: entryTracker(), err: entryTracker(), note: (_: Uint8Array, at: Moment) => at };
      await readArchived({
        ...options,
        dir: archive.dir,
        files,
        line(at, kind, text) {
          printer.sink({ source: number, kind, at, entry: entryOf[kind](text, at), text, cut: 0 });
        },
        ready: async () => held.get(number)?.promise,
        signal,
      });
      printer.end(number);
    }),
  ).then(() => true);

  return {
    done,
    hold(source, on) {
      if (on) held.set(source, held.get(source) ?? Promise.withResolvers());
      else {
        held.get(source)?.resolve();
        held.delete(source);
      }
    },
  };
}
