import { parseMoment } from '../logs/time-words.ts';
import { type Level, levels, type Moment } from '../logs/types.ts';
import { StackError } from '../stack/errors.ts';
import type { Flags } from './flags.ts';

type Typed = {
  readonly since?: string | undefined;
  readonly tail?: string | undefined;
  readonly level?: string | undefined;
  readonly archiveSize: string;
  readonly logBytes: string;
  readonly archive?: string | undefined;
  readonly from?: string | undefined;
  readonly grep?: string | undefined;
  readonly context: number;
  readonly json: boolean;
  readonly timestamps: boolean;
};

/** What the flags of logs say. Throws StackError `usage`, one line that says what is allowed. */
export function checkLogFlags(typed: Typed): Pick<Flags, 'since' | 'tail' | 'level' | 'archiveSize' | 'logBytes'> {
  const beside = (['from', 'grep', 'level', 'json', 'timestamps'] as const).find((name) => typed[name]);
  if (typed.archive !== undefined && beside !== undefined) {
    throw new StackError('usage', `--archive keeps all lines and prints none; leave out --${beside}, or --archive`);
  }
  for (const name of ['archive', 'from'] as const) {
    if (typed[name] === '') throw new StackError('usage', `--${name} takes a directory`);
  }
  if (typed.context > 0 && typed.grep === undefined) {
    throw new StackError('usage', '--context takes lines around what --grep finds; leave it out, or add --grep');
  }
  if (typed.since !== undefined) parseSince(typed.since, Date.now());
  return {
    since: typed.since,
    tail: typed.tail === undefined || typed.tail === 'all' ? undefined : parseTail(typed.tail),
    level: typed.level === undefined ? undefined : parseLevel(typed.level),
    archiveSize: parseSize('--archive-size', typed.archiveSize, 2 ** 20),
    logBytes: parseSize('--log-bytes', typed.logBytes, 2 ** 20),
  };
}

/** The moment that `--since` means; of what grammar it is says `parseMoment`. */
export function parseSince(text: string, now: number): Moment {
  const moment = parseMoment(text, now);
  if (moment !== null) return moment;
  throw new StackError('usage', `--since takes 10m, 2h, 1h30m, 21:10 or an ISO time, not "${text}"`);
}

const factors: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** `64M`: in bytes; a kilobyte has 1024. */
function parseSize(flag: string, text: string, least: number): number {
  const [, digits = '', unit = ''] = /^(\d+)([kmg]?)i?b?$/i.exec(text) ?? [];
  const bytes = Number(digits) * (factors[unit.toLowerCase()] ?? 1);
  if (digits !== '' && bytes >= least) return bytes;
  throw new StackError('usage', `${flag} takes a size such as 64M or 1G, 1M at least`);
}

function parseTail(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new StackError('usage', '--tail takes a number of lines, or all');
}

const otherWords: Readonly<Record<string, Level>> = {
  warn: 'warning',
  err: 'error',
  critical: 'fatal',
  panic: 'fatal',
};

function parseLevel(text: string): Level {
  const wanted = text.toLowerCase();
  const level = levels.find((name) => name === wanted) ?? otherWords[wanted];
  if (level !== undefined) return level;
  throw new StackError('usage', `--level takes one of ${levels.join(', ')}`);
}
