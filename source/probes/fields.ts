/** Reading fields of answers whose shape is not ours. Nothing here throws: what is not there is null or empty. */
export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Strings of digits count as numbers: protocols send 64 bit integers so. */
export function numberOrNull(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || value.trim() === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

export const numberOf = (value: unknown): number => numberOrNull(value) ?? 0;

export const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export const textOf = (value: unknown): string => textOrNull(value) ?? '';

/** ISO time, or Patroni's `2026-11-23 15:20:58.953925+00:00`, as epoch ms. */
export function timeOrNull(value: unknown): number | null {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}
