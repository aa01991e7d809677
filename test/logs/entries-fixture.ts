import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { entryTracker } from '../../source/logs/entries.ts';
import type { Moment } from '../../source/logs/types.ts';

/** A line as `docker logs --timestamps` prints it. */
export type StampedLine = { readonly at: Moment; readonly text: string };

/** Lines of one stream, from test/fixtures/logs. */
export function stamped(name: string): readonly StampedLine[] {
  return readFileSync(join(import.meta.dirname, '../fixtures/logs', `${name}.txt`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [stamp = '', ns = ''] = line.slice(0, 30).split('.');
      const ms = Date.parse(`${stamp}Z`) + Number(ns.slice(0, 3));
      return { at: { ms, ns: Number(ns.slice(3, 9)) }, text: line.slice(31) };
    });
}

/** Lines by the entry that they belong to. */
export function entriesOf(lines: readonly StampedLine[]): readonly (readonly string[])[] {
  const entryOf = entryTracker();
  const entries: string[][] = [];
  for (const { at, text } of lines) {
    const begins = entryOf(Buffer.from(text), at) === at;
    if (begins) entries.push([]);
    entries.at(-1)?.push(text);
  }
  return entries;
}

/** Lines that all come at once. */
export const atOnce = (text: string): readonly StampedLine[] =>
  text.split('\n').map((line, index) => ({ at: { ms: 1_795_468_800_000, ns: index }, text: line }));
