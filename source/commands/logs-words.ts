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
  readonly json: boolean;
  readonly timestamps: boolean;
};

/** What the flags of logs say. Throws StackError `usage`, one line that says what is allowed. */
export function checkLogFlags(typed: Typed): Pick<Flags, 'since' | 'tail' | 'level' | 'archiveSize' | 'logBytes'> {
  const beside = (['from', 'grep', 'level', 'json', 'timestamps'] as const).find((name) => typed[name]);
  if (typed.archive !== undefined && beside !== undefined) {
    throw new StackError('usage', `--archive keeps all lines and prints none; leave out --${beside}, or --archive`);
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

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `10m`, `1h30m`: so long before `now`; `21:10`, `21:10:57`: today where this is; or an ISO time. Epoch ms in `now`. */
export function parseSince(text: string, now: number): Moment {
  const span = /^(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (span !== null) {
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = span.slice(1).map((part) => Number(part ?? 0));
    return { ms: now - days * units.d - hours * units.h - minutes * units.m - seconds * units.s, ns: 0 };
  }
  const clock = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(text);
  if (clock !== null) {
    const [hours = 0, minutes = 0, seconds = 0] = clock.slice(1).map((part) => Number(part ?? 0));
    if (hours < 24 && minutes < 60 && seconds < 60) {
      return { ms: new Date(now).setHours(hours, minutes, seconds, 0), ns: 0 };
    }
  }
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text.replace(/(\.\d{3})\d+/, '$1')) : Number.NaN;
  if (!Number.isNaN(ms)) return { ms, ns: Number((/\.\d{3}(\d+)/.exec(text)?.[1] ?? '').padEnd(6, '0').slice(0, 6)) };
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
