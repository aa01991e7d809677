import type { LogBuffer } from '../../logs/types.ts';
import { duration } from '../../stack/format.ts';
import type { StampStyle } from '../log-types.ts';
import { clock } from '../panes/timeline.ts';

/** How time is written in front of lines, and how many columns it takes. */
export type Stamps = { readonly columns: number; readonly of: (slot: number) => string };

/**
 * Stamps of a style in local time, shorter where a terminal is narrow. Relative ones are counted from `from`, epoch ms:
 * from now on while the newest is followed, from the cursor's line on while reading, since that is what differences are
 * read from.
 */
export function stampsFor(
  style: StampStyle,
  buffer: LogBuffer,
  options: { readonly narrow: boolean; readonly from: number; readonly exact: boolean },
): Stamps {
  const { narrow, from, exact } = options;
  switch (style) {
    case 'none':
      return { columns: 0, of: () => '' };
    case 'time':
      return narrow
        ? { columns: 8, of: (slot) => secondsOf(buffer.ms(slot)).time }
        : { columns: 12, of: (slot) => secondsOf(buffer.ms(slot)).time + fraction(buffer.ms(slot)) };
    case 'full':
      return narrow
        ? { columns: 14, of: (slot) => `${day(buffer.ms(slot)).slice(5)} ${secondsOf(buffer.ms(slot)).time}` }
        : { columns: 26, of: (slot) => fullStamp(buffer, slot) };
    case 'relative': {
      const columns = narrow ? 9 : 10;
      return { columns, of: (slot) => sinceText(buffer.ms(slot) - from, exact).padStart(columns) };
    }
    default:
      return style satisfies never;
  }
}

const fraction = (ms: number): string => `.${String(ms % 1000).padStart(3, '0')}`;
const day = (ms: number): string => secondsOf(ms).day;

/** With microseconds: what happened first in two systems is often that close. */
function fullStamp(buffer: LogBuffer, slot: number): string {
  const ms = buffer.ms(slot);
  const micros = String(Math.floor(buffer.ns(slot) / 1000)).padStart(3, '0');
  return `${day(ms)} ${secondsOf(ms).time}${fraction(ms)}${micros}`;
}

type Second = { readonly at: number; readonly time: string; readonly day: string };

/** Lines of one page are mostly of a few seconds, and local time is dear. */
const seconds: Second[] = [];

function secondsOf(ms: number): Second {
  const at = Math.floor(ms / 1000);
  const index = at & 63;
  const told = seconds[index];
  if (told?.at === at) return told;
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const written = {
    at,
    time: clock(ms),
    day: `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
  };
  seconds[index] = written;
  return written;
}

/** `-4.2 s`, `-12m`; to the millisecond where that is of use. Behind the moment it is counted from: `+0.412 s`. */
function sinceText(ms: number, exact: boolean): string {
  if (ms === 0) return exact ? '0 s' : '-0.0 s';
  const size = Math.abs(ms);
  // What is stamped a moment after now only tells of two clocks.
  const sign = ms > 0 && (exact || size > 1000) ? '+' : '-';
  if (size >= 600_000) return `${sign}${duration(size)}`;
  if (size >= 100_000) return `${sign}${(size / 1000).toFixed(exact ? 1 : 0)} s`;
  return `${sign}${(size / 1000).toFixed(exact ? 3 : 1)} s`;
}
