const bars = [...'▁▂▃▄▅▆▇█'];

/**
 * The newest `span` points of a series as bars, oldest left, a blank where nothing was read; where there are fewer columns
 * than points, each bar is the mean of some. The scale is what is shown itself, but at least `floor`, so that noise around
 * nothing does not look like a storm.
 */
export function sparkline(points: readonly (number | null)[], span: number, columns: number, floor: number): string {
  const key = `${span} ${columns} ${floor}`;
  const known = drawn.get(points) ?? new Map<string, string>();
  drawn.set(points, known);
  const line = known.get(key) ?? draw(points, span, columns, floor);
  known.set(key, line);
  return line;
}
/** A history's array is replaced when a point is added, so what was drawn of one stays right. */
const drawn = new WeakMap<readonly (number | null)[], Map<string, string>>();

function draw(points: readonly (number | null)[], span: number, columns: number, floor: number): string {
  const shown = condensed(points.slice(-span), Math.ceil(span / columns)).slice(-columns);
  const top = shown.reduce<number>((highest, point) => Math.max(highest, point ?? 0), floor);
  const line = shown.map((point) => {
    if (point === null) return ' ';
    return bars[Math.min(bars.length - 1, Math.max(0, Math.floor((point / top) * bars.length)))] ?? ' ';
  });
  return line.join('').padStart(columns);
}

/** Means of groups of points, counted from the newest. */
function condensed(points: readonly (number | null)[], size: number): readonly (number | null)[] {
  if (size <= 1) return points;
  const groups: (number | null)[] = [];
  for (let end = points.length; end > 0; end -= size) {
    const known = points.slice(Math.max(0, end - size), end).filter((point) => point !== null);
    groups.unshift(known.length === 0 ? null : known.reduce((sum, point) => sum + point, 0) / known.length);
  }
  return groups;
}
