import { createMerge, type Inlet, type Merge, type Waiting } from '../logs/merge.ts';
import type { Level, Sink } from '../logs/types.ts';
import type { Output } from './logs-output.ts';
import type { Selection } from './logs-select.ts';
import type { Format } from './logs-text.ts';

/** Lines on their way from their sources to standard output. */
export type Printer = {
  /** Where the lines of all sources go; one that was not opened is opened. */
  readonly sink: Sink;
  open(source: number): void;
  caughtUp(source: number): void;
  end(source: number): void;
  /** Resolves when all that came is printed: no source may be open but those that have caught up. */
  finish(): Promise<void>;
  stop(): void;
};

export type PrinterOptions = {
  readonly selection: Selection;
  readonly format: Format;
  /** Says the level of lines as they pass by in order; null where nobody wants to know. */
  readonly levelOf: ((line: Waiting) => Level | null) | null;
  readonly output: Output;
  /** Asks a source to bring no more lines, or to go on. */
  readonly hold: (source: number, on: boolean) => void;
  /** Something went wrong on the way: nothing is printed any more. */
  readonly failed: (error: unknown) => void;
};

/** How long a new line waits for earlier ones of other sources. */
const windowMs = 250;
const lookMs = 50;
/** Bytes of lines that are searched and printed at once, and that wait for that, before sources are held. */
const batchBytes = 256 * 1024;
const mostBytes = 2 * 2 ** 20;

/** Merges lines, selects and prints them; who brings them is held while the output does not keep up. */
export function createPrinter({ selection, format, levelOf, output, hold, failed }: PrinterOptions): Printer {
  const inlets = new Map<number, Inlet>();
  const merge: Merge = createMerge({ out, windowMs, clock: () => performance.now() });
  let batch: Waiting[] = [];
  let size = 0;
  /** Bytes handed on and not printed yet. */
  let behind = 0;
  let printed: Promise<void> = Promise.resolve();
  let scheduled = false;
  let timer: NodeJS.Timeout | null = null;

  function out(line: Waiting): boolean {
    if (levelOf !== null) line.level = levelOf(line);
    batch.push(line);
    size += line.end - line.start + lineBytes;
    if (size >= batchBytes) print();
    return behind + size < mostBytes;
  }

  function print(): void {
    if (batch.length === 0) return;
    const bytes = size;
    const selected = selection.select(batch);
    batch = [];
    size = 0;
    behind += bytes;
    const before = printed;
    printed = (async () => {
      const lines = await selected;
      await before;
      if (lines.length > 0) await output.write(format(lines));
      behind -= bytes;
      if (merge.size > 0) schedule();
    })();
    printed.catch(failed);
  }

  /** After what came at once, not for each line. */
  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flow);
  }

  function flow(): void {
    scheduled = false;
    if (behind < mostBytes) merge.flow();
    print();
    if (merge.size > 0) timer ??= setTimeout(later, lookMs);
  }

  function later(): void {
    timer = null;
    flow();
  }

  function open(source: number): Inlet {
    const known = inlets.get(source);
    if (known !== undefined) return known;
    const inlet = merge.open(source, (on) => hold(source, on));
    inlets.set(source, inlet);
    return inlet;
  }

  return {
    sink(line) {
      (inlets.get(line.source) ?? open(line.source)).add(line);
      schedule();
    },
    open: (source) => void open(source),
    caughtUp(source) {
      inlets.get(source)?.caughtUp();
      schedule();
    },
    end(source) {
      inlets.get(source)?.end();
      inlets.delete(source);
      schedule();
    },
    async finish() {
      while (merge.size > 0 || batch.length > 0 || behind > 0) {
        if (behind < mostBytes) merge.flush();
        print();
        await printed;
      }
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}

/** What a line takes beside its text. */
const lineBytes = 100;
