const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

/**
 * A moment as a person types it, epoch ms: `21:04` or `21:04:11` of the last 24 hours where this is, `-10m` or `-1h30m`
 * before now, or an ISO time, local where it names no zone. null: it is none of these.
 */
export function parseMoment(typed: string, now: number): number | null {
  const text = typed.trim();
  const back = /^-(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (back !== null) {
    const [days, hours, minutes, seconds] = back.slice(1).map((part) => Number(part ?? 0));
    return now - (days ?? 0) * units.d - (hours ?? 0) * units.h - (minutes ?? 0) * units.m - (seconds ?? 0) * units.s;
  }
  const clock = /^(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?$/.exec(text);
  if (clock !== null) {
    const [hours = 0, minutes = 0, seconds = 0] = clock.slice(1, 4).map((part) => Number(part ?? 0));
    if (hours > 23 || minutes > 59 || seconds > 59) return null;
    const date = new Date(now);
    date.setHours(hours, minutes, seconds, Number((clock[4] ?? '').padEnd(3, '0')));
    // Logs are of the past: before midnight is yesterday.
    if (date.getTime() > now) date.setDate(date.getDate() - 1);
    return date.getTime();
  }
  if (!/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text)) return null;
  // A date alone would be of UTC, with a time of this place.
  const ms = Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T').replace(',', '.'));
  return Number.isNaN(ms) ? null : ms;
}
