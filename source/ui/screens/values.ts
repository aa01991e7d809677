import { age, bytes, duration } from '../../stack/format.ts';

/** A line of a detail: a name and a value, or the rows of a list with the names of their fields above. */
export type Entry = readonly [name: string, value: string];
export type Table = {
  readonly name: string;
  readonly fields: readonly string[];
  readonly rows: readonly (readonly string[])[];
};
/** What belongs together; `note` stands beside the title. */
export type Block = { readonly title: string; readonly note?: string; readonly entries: readonly (Entry | Table)[] };

const unknown = '–';

/**
 * A value of any shape as blocks, in the order in which it was given, under the names that its source has for it. Lists of
 * plain things become tables, lists of things that have lists themselves a block for each.
 */
export function blocksFor(title: string, value: object, now: number, note?: string): readonly Block[] {
  const entries: (Entry | Table)[] = [];
  const below: Block[] = [];
  const visit = (path: string, item: unknown): void => {
    if (!Array.isArray(item) || item.length === 0 || item.every(isPlain)) {
      if (typeof item !== 'object' || item === null || Array.isArray(item))
        entries.push([path, shown(path, item, now)]);
      else for (const [key, inner] of Object.entries(item)) visit(`${path}.${key}`, inner);
    } else if (item.every(isFlat)) {
      entries.push(tableOf(path, item, now));
    } else {
      for (const [index, inner] of item.entries()) {
        below.push(...blocksFor(`${title} · ${path} · ${nameOf(inner, index)}`, inner, now));
      }
    }
  };
  for (const [key, item] of Object.entries(value)) visit(key, item);
  return [{ title, ...(note === undefined ? {} : { note }), entries }, ...below];
}

const isPlain = (item: unknown): boolean => typeof item !== 'object' || item === null;
const isFlat = (item: unknown): item is object =>
  typeof item === 'object' &&
  item !== null &&
  Object.values(item).every((inner) => isPlain(inner) || (Array.isArray(inner) && inner.every(isPlain)));

const nameOf = (item: object, index: number): string =>
  'name' in item && typeof item.name === 'string' ? item.name : String(index + 1);

function tableOf(name: string, items: readonly object[], now: number): Table {
  const fields = [...new Set(items.flatMap((item) => Object.keys(item)))];
  const cell = (item: object, field: string) => shown(field, (item as Record<string, unknown>)[field], now);
  return { name, fields, rows: items.map((item) => fields.map((field) => cell(item, field))) };
}

/** A value as it is, and beside it what a person reads more easily: sizes with units, moments with their ages. */
export function shown(path: string, value: unknown, now: number): string {
  if (value === null || value === undefined) return unknown;
  if (value === '') return '(empty)';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((item) => shown(path, item, now)).join(', ');
  if (typeof value !== 'number') return String(value);
  const name = path.slice(path.lastIndexOf('.') + 1);
  if (moments.has(name) && value > 1e11) return `${dateAndTime(value, now)} (${age(now - value)} ago)`;
  if (/bytesPerSecond$/i.test(name)) return beside(value, `${bytes(value)}/s`);
  if (/bytes$/i.test(name)) return beside(value, bytes(value));
  if (/Ms$/.test(name)) return beside(value, duration(value));
  if (/Lsn$/.test(name)) return beside(value, lsn(value));
  return rounded(value);
}

const moments: ReadonlySet<string> = new Set(['at', 'startedAt', 'finishedAt', 'dcsLastSeen']);

/** The readable form in brackets, where it says more. */
const beside = (value: number, readable: string): string =>
  value === 0 || readable === `${value}B` ? rounded(value) : `${rounded(value)} (${readable})`;

/** Whole numbers as they are, others to three digits that count. */
const rounded = (value: number): string =>
  String(Number.isInteger(value) || Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));

/** A WAL position as PostgreSQL writes it: `0/3051A48`. */
const lsn = (value: number): string =>
  `${Math.floor(value / 2 ** 32).toString(16)}/${(value % 2 ** 32).toString(16)}`.toUpperCase();

/** Local time, with its date where that is not today's: `2026-01-15 21:02:08`. */
function dateAndTime(at: number, now: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return date.toDateString() === new Date(now).toDateString() ? time : `${day} ${time}`;
}
