/** How figures and words are written, everywhere. Pure, without colour; null is always a dash. */
import stringWidth from 'string-width';

export const none = '–';

/** Bytes in powers of 1024: `512B`, `1.2k`, `28M`; five characters at most. */
export function bytes(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return none;
  const sign = value < 0 ? '-' : '';
  const size = Math.abs(value);
  if (size < 1) return '0';
  if (size < 999.5) return `${sign}${Math.round(size)}B`;
  let scaled = size / 1024;
  let unit = 0;
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1024;
    unit += 1;
  }
  return `${sign}${scaled < 9.95 ? Math.max(scaled, 1).toFixed(1) : Math.min(scaled, 999).toFixed(0)}${units[unit]}`;
}
const units = ['k', 'M', 'G', 'T', 'P'] as const;

/** One decimal under 10, none above, without the sign: `2.0`, `12`, `203`. */
export function percent(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return none;
  return Math.abs(value) < 9.95 ? value.toFixed(1) : value.toFixed(0);
}

/** For sentences: `350 ms`, `4 s`, `2m`, `3h`, `5d`. Seconds are rounded, larger units cut off; negative is 0. */
export function duration(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return none;
  const rounded = Math.max(0, Math.round(ms));
  if (rounded < 1000) return `${rounded} ms`;
  const seconds = Math.round(rounded / 1000);
  return seconds < 60 ? `${seconds} s` : coarse(seconds);
}

/** For columns: `<1s`, `4s`, `2m`, `3h`, `5d`. */
export function age(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return none;
  if (ms < 1000) return '<1s';
  const seconds = Math.floor(ms / 1000);
  return seconds < 60 ? `${seconds}s` : coarse(seconds);
}

function coarse(seconds: number): string {
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** A whole number in groups of three: `18 204`. */
export function count(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return none;
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** A rate: `0.4`, `41`, `1 204`. */
export function rate(value: number | null): string {
  return value !== null && value > 0 && value < 9.95 ? value.toFixed(1) : count(value);
}

/** Replication lag in bytes: `0`, `1.2M`. */
export const lag = (value: number | null): string => bytes(value);

/** A role as people say it: `sync_standby` → `sync standby`; Redis's `slave` and `master` stay its own words. */
export const roleName = (role: string | null): string => role?.replaceAll('_', ' ') ?? none;

/** `a`, `a and b`, `a, b and c`; more than five: `a, b, c and 9 more`. */
export function list(names: readonly string[]): string {
  const shown = names.length > 5 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
  if (shown.length < 2) return shown[0] ?? '';
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** `1 member`, `2 members`. */
export const plural = (value: number, word: string): string => `${value} ${word}${value === 1 ? '' : 's'}`;

const ascii = /^[\x20-\x7e]*$/;
// CSI, OSC (ended by BEL or ST) and two-character escapes.
const escapes = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g;
// Control characters, and the marks that turn the direction of text around.
const controls = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text from outside as one harmless line: escape sequences gone, line ends and tabs as spaces, other controls dropped. */
export function plain(text: string): string {
  if (ascii.test(text)) return text;
  return text
    .replace(escapes, '')
    .replace(/[\t\n\r]+/g, ' ')
    .replace(controls, '');
}

/** Columns that a text takes in a terminal: CJK and emoji count two. */
export const width = (text: string): number => (ascii.test(text) ? text.length : stringWidth(text));

/** Cuts to at most `columns`, ending in `ellipsis` where something is missing. Never splits a character. */
export function clip(text: string, columns: number, ellipsis = '…'): string {
  const line = plain(text);
  if (width(line) <= columns) return line;
  const room = columns - width(ellipsis);
  if (room < 0) return '';
  if (ascii.test(line)) return line.slice(0, room) + ellipsis;
  segmenter ??= new Intl.Segmenter();
  let kept = '';
  let used = 0;
  for (const { segment } of segmenter.segment(line)) {
    const wide = stringWidth(segment);
    if (used + wide > room) break;
    kept += segment;
    used += wide;
  }
  return kept + ellipsis;
}
let segmenter: Intl.Segmenter | undefined;

/** Clips and fills to exactly `columns`. */
export function pad(text: string, columns: number, align: 'left' | 'right' = 'left', ellipsis = '…'): string {
  const clipped = clip(text, columns, ellipsis);
  const fill = ' '.repeat(Math.max(0, columns - width(clipped)));
  return align === 'left' ? clipped + fill : fill + clipped;
}
