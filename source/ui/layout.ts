import type { PaneId } from './panes/pane.ts';
import type { Frame } from './parts/box.ts';

/** A pane and the lines it gets; a `summary` is one line. */
export type Slot = { readonly pane: PaneId; readonly lines: number; readonly form: 'pane' | 'summary' };

/** Panes side by side, each column a stack of them. */
export type Band = { readonly columns: readonly { readonly width: number; readonly slots: readonly Slot[] }[] };

export type Layout = { readonly frame: Frame; readonly bands: readonly Band[] };

export const smallest = { columns: 60, rows: 15 } as const;

export type LayoutOptions = {
  readonly columns: number;
  /** Lines of the whole terminal, which decide on the form, and those left for panes. */
  readonly rows: number;
  readonly lines: number;
  readonly panes: readonly PaneId[];
  readonly focused: PaneId;
  readonly zoomed: boolean;
  /** Lines of content that each pane would like. */
  readonly needs: Readonly<Partial<Record<PaneId, number>>>;
};

/**
 * Where panes go. Containers on the full width (their busy figures stand at the right edge, so that a change rewrites
 * little of a line), members side by side below, the timeline with what is left. Small terminals get the focused
 * pane and a line for each of the others.
 */
export function layoutFor(options: LayoutOptions): Layout {
  const { columns, rows, lines, panes, focused, zoomed } = options;
  const frame: Frame = columns >= 100 && rows >= 32 ? 'boxed' : 'ruled';
  if (zoomed) return { frame, bands: [fullWidth(columns, { pane: focused, lines, form: 'pane' })] };
  if (rows < 20 || columns < 76) return { frame: 'ruled', bands: summaries(columns, lines, panes, focused) };
  return { frame, bands: grid(options, frame) };
}

const fullWidth = (width: number, slot: Slot): Band => ({ columns: [{ width, slots: [slot] }] });

function summaries(columns: number, lines: number, panes: readonly PaneId[], focused: PaneId): Band[] {
  const rest = Math.max(1, lines - (panes.length - 1));
  return panes.map((pane) =>
    fullWidth(columns, pane === focused ? { pane, lines: rest, form: 'pane' } : { pane, lines: 1, form: 'summary' }),
  );
}

function grid({ columns, lines, panes, needs }: LayoutOptions, frame: Frame): Band[] {
  const extra = frame === 'boxed' ? 2 : 1;
  const wanted = (pane: PaneId) => (needs[pane] ?? 1) + extra;
  const groups = (columns >= 170 ? wideGroups : narrowGroups)
    .map((group) => group.filter((pane) => panes.includes(pane)))
    .filter((group) => group.length > 0);
  const stackHeight = (group: readonly PaneId[]) => group.reduce((sum, pane) => sum + wanted(pane), 0);

  const leastContainers = Math.min(wanted('containers'), extra + 4);
  const timeline = Math.min(wanted('timeline'), extra + (frame === 'boxed' ? 4 : 2));
  const wantedBand = Math.max(0, ...groups.map(stackHeight));
  const band = Math.min(wantedBand, Math.max(0, lines - leastContainers - timeline));
  const containers = Math.min(wanted('containers'), lines - band - timeline);
  const rest = lines - band - containers;

  const bands = [fullWidth(columns, { pane: 'containers', lines: containers, form: 'pane' })];
  if (band > 0) bands.push(bandOf(groups, columns, band, wanted));
  bands.push(fullWidth(columns, { pane: 'timeline', lines: rest, form: 'pane' }));
  return bands;
}

const narrowGroups: readonly (readonly PaneId[])[] = [['etcd', 'patroni'], ['redis']];
const wideGroups: readonly (readonly PaneId[])[] = [['etcd'], ['patroni'], ['redis']];

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Columns side by side; in each, panes share the lines by need, the last takes what is left. */
function bandOf(
  groups: readonly (readonly PaneId[])[],
  columns: number,
  lines: number,
  wanted: (pane: PaneId) => number,
): Band {
  // Patroni's columns need more room than the others'.
  const weightOf = (group: readonly PaneId[]) => (columns >= 100 && group.includes('patroni') ? 1.26 : 1);
  const weights = groups.map(weightOf);
  const end = (column: number) => Math.floor((columns * sum(weights.slice(0, column + 1))) / sum(weights));
  const widthOf = (column: number) => end(column) - (column === 0 ? 0 : end(column - 1));
  return {
    columns: groups.map((group, column) => {
      const total = group.reduce((sum, pane) => sum + wanted(pane), 0);
      let left = lines;
      const slots = group.map((pane, index): Slot => {
        const share =
          index === group.length - 1
            ? left
            : Math.min(left, Math.round((lines * wanted(pane)) / Math.max(total, lines)));
        left -= share;
        return { pane, lines: share, form: 'pane' };
      });
      return { width: widthOf(column), slots };
    }),
  };
}
