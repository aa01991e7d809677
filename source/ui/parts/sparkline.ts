const bars = [...'▁▂▃▄▅▆▇█'];

/**
 * The newest points of a series as bars, oldest left, a blank where nothing was read. The scale is the series' own
 * maximum, but at least `floor`, so that noise around nothing does not look like a storm.
 */
export function sparkline(points: readonly (number | null)[], columns: number, floor: number): string {
  const shown = points.slice(-columns);
  const top = shown.reduce<number>((highest, point) => Math.max(highest, point ?? 0), floor);
  const drawn = shown.map((point) => {
    if (point === null) return ' ';
    return bars[Math.min(bars.length - 1, Math.max(0, Math.floor((point / top) * bars.length)))] ?? ' ';
  });
  return drawn.join('').padStart(columns);
}
