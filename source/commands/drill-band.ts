import type { SystemResult } from '../drills/types.ts';
import { span } from '../drills/words.ts';
import { type Colour, paint, type TextOptions } from './text-table.ts';

const signs = { acked: '█', failed: '×', indeterminate: '?', mixed: '▓', nothing: ' ' } as const;
type Sign = keyof typeof signs;
const colours: Readonly<Record<Sign, Colour | undefined>> = {
  ...{ acked: 'green', failed: 'red', indeterminate: 'yellow', mixed: 'yellow', nothing: undefined },
};

/** What the signs of a band mean. */
export const bandLegend = `${signs.acked} acknowledged  ${signs.failed} failed  ${signs.indeterminate} indeterminate  ${signs.mixed} some of each`;

/**
 * The writes of a system on one line, each column a slice of time, with the moments above and the prediction and seconds
 * below. Indented by two.
 */
export function bandLines({ lane, phases, predicted }: SystemResult, { color, width }: TextOptions): string[] {
  const columns = Math.min(width - 2, 100);
  const laneEnd = lane.fromMs + lane.sliceMs * lane.acked.length;
  const known = Object.values(phases).filter((ms) => ms !== null);
  const toMs = Math.max(laneEnd, 1_000, ...known.map((ms) => ms + lane.sliceMs), predicted.maxMs + lane.sliceMs);
  const perColumn = (toMs - lane.fromMs) / columns;
  const columnOf = (ms: number) => Math.max(0, Math.min(columns - 1, Math.floor((ms - lane.fromMs) / perColumn)));

  const sums = Array.from({ length: columns }, () => ({ acked: 0, failed: 0, indeterminate: 0 }));
  lane.acked.forEach((acked, index) => {
    // Where a slice is wider than a column, it fills all of its columns.
    const from = columnOf(lane.fromMs + index * lane.sliceMs);
    const to = lane.sliceMs <= perColumn ? from : columnOf(lane.fromMs + (index + 1) * lane.sliceMs - 1);
    for (let column = from; column <= to; column += 1) {
      const sum = sums[column];
      if (sum === undefined) continue;
      sum.acked += acked;
      sum.failed += lane.failed[index] ?? 0;
      sum.indeterminate += lane.indeterminate[index] ?? 0;
    }
  });
  const band = runs(sums.map(signOf)).map(({ sign, length }) =>
    paint(signs[sign].repeat(length), colours[sign], color),
  );

  const moments = blank(columns);
  const marks = [
    ['▲', 0],
    ['D', phases.detectedMs],
    ['E', phases.electedMs],
    ['W', phases.writableMs],
    ['R', phases.redundantMs],
  ] as const;
  for (const [letter, ms] of marks) if (ms !== null) putWhereFree(moments, columnOf(ms), letter);

  return [line(moments), `  ${band.join('').trimEnd()}`, ...predictionLine(), line(axis())];

  function predictionLine(): string[] {
    if (predicted.maxMs === 0) return [];
    const [from, to] = [columnOf(predicted.minMs), columnOf(predicted.maxMs)];
    const range = blank(columns);
    for (let column = from; column <= to; column += 1) range[column] = '─';
    range[from] = '├';
    range[to] = '┤';
    const said = ` predicted ${span(predicted)}`;
    if (to + 1 + said.length <= columns) put(range, to + 1, said);
    else if (from >= said.length) put(range, from - said.length, `${said.trim()} `);
    return [line(range)];
  }

  function axis(): string[] {
    const step = [1, 2, 5, 10, 15, 30, 60, 120, 300].find((seconds) => (seconds * 1000) / perColumn >= 9) ?? 600;
    const ticks = blank(columns);
    for (let seconds = 0; seconds * 1000 < toMs; seconds += step) {
      const said = seconds === 0 ? '0' : `${seconds} s`;
      const column = columnOf(seconds * 1000);
      if (column + said.length <= columns) put(ticks, column, said);
    }
    return ticks;
  }
}

/** What the letters above a band mean. */
export const momentLegend = '▲ injected  D detected  E elected  W writable  R redundant';

function signOf({ acked, failed, indeterminate }: { acked: number; failed: number; indeterminate: number }): Sign {
  const kinds = [acked, failed, indeterminate].filter((count) => count > 0).length;
  if (kinds === 0) return 'nothing';
  if (kinds > 1) return 'mixed';
  return acked > 0 ? 'acked' : failed > 0 ? 'failed' : 'indeterminate';
}

/** Equal neighbours as one. */
function runs(all: readonly Sign[]): { sign: Sign; length: number }[] {
  const found: { sign: Sign; length: number }[] = [];
  for (const sign of all) {
    const last = found.at(-1);
    if (last?.sign === sign) last.length += 1;
    else found.push({ sign, length: 1 });
  }
  return found;
}

const blank = (columns: number): string[] => Array.from({ length: columns }, () => ' ');
const line = (cells: readonly string[]): string => `  ${cells.join('')}`.trimEnd();

function put(cells: string[], from: number, text: string): void {
  for (const [index, sign] of [...text].entries()) cells[from + index] = sign;
}

/** Moments that fall together stand side by side, in their order; at the end of the line, to the left. */
function putWhereFree(cells: string[], column: number, sign: string): void {
  const right = cells.findIndex((cell, index) => index >= column && cell === ' ');
  const at = right === -1 ? cells.lastIndexOf(' ') : right;
  if (at !== -1) cells[at] = sign;
}
