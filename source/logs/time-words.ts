import type { Moment } from './types.ts';

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

/**
 * A moment as a person types it, in a prompt and behind `--since`: `10m` or `-1h30m` before `now` (epoch ms), `21:04` or
 * `21:04:11` of the last 24 hours where this is, or an ISO time, local where it names no zone. null: it is none of these.
 */
export function parseMoment(typed: string, now: number): Moment | null {
  const text = typed.trim();
  const span = /^-?(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (span !== null) {
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = span.slice(1).map((part) => Number(part ?? 0));
    return { ms: now - days * units.d - hours * units.h - minutes * units.m - seconds * units.s, ns: 0 };
  }
  const clock = /^(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?$/.exec(text);
  if (clock !== null) {
    const [hours = 0, minutes = 0, seconds = 0] = clock.slice(1, 4).map((part) => Number(part ?? 0));
    if (hours > 23 || minutes > 59 || seconds > 59) return null;
    const { ms, ns } = fractionOf(clock[4]);
    const date = new Date(now);
    date.setHours(hours, minutes, seconds, ms);
    // Logs are of the past: before midnight is yesterday.
    if (date.getTime() > now) date.setDate(date.getDate() - 1);
    return { ms: date.getTime(), ns };
  }
  const iso = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text);
  if (iso === null) return null;
  const [, day = '', time = '00:00', digits, zone = ''] = iso;
  // A date alone would be of UTC, with a time of this place.
  const whole = Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  const { ms, ns } = fractionOf(digits);
  return Number.isNaN(whole) ? null : { ms: whole + ms, ns };
}

/** The digits behind a second's point. */
function fractionOf(digits = ''): Moment {
  const all = digits.padEnd(9, '0');
  return { ms: Number(all.slice(0, 3)), ns: Number(all.slice(3, 9)) };
}
