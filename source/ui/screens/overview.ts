import type { View } from '../../monitor/types.ts';
import { nothingShown, selectedKey } from '../layers.ts';
import { layoutFor, type Slot } from '../layout.ts';
import { type Pane, type PaneContent, type PaneId, titleSpans } from '../panes/pane.ts';
import { paneOf, panes } from '../panes/panes.ts';
import { type Frame, frameLines, insideOf } from '../parts/box.ts';
import { filterFor } from '../parts/filter.ts';
import { paintLine, paintPicked, type Spans, span, spansWidth } from '../parts/spans.ts';
import type { Section } from '../parts/table.ts';
import { clean } from '../parts/text.ts';
import { markSign } from '../state-marks.ts';
import { linesOf, rowsOf, windowOf } from './rows.ts';
import type { Body, Drawn, Model } from './screen.ts';

/** The five panes. */
export function overview(model: Model, body: Body): Drawn {
  const { view, state } = model;
  const present = panes.filter((pane) => view === null || pane.present(view.report));
  const focused = present.some((pane) => pane.id === state.pane) ? state.pane : 'containers';
  const contents = new Map<PaneId, PaneContent | null>(
    present.map((pane) => [pane.id, view === null ? null : contentOf(pane, model, view)]),
  );
  const layout = layoutFor({
    columns: body.columns,
    rows: model.rows,
    lines: body.lines,
    panes: present.map((pane) => pane.id),
    focused,
    zoomed: state.zoomed,
    needs: Object.fromEntries(
      present.map((pane) => [
        pane.id,
        view === null ? usualNeeds[pane.id] : needOf(pane, contents.get(pane.id) ?? null, model, view),
      ]),
    ),
  });

  for (const { columns } of layout.bands) {
    for (const { width, slots } of columns) {
      for (const { pane, form, lines } of slots) {
        const content = contents.get(pane);
        const room = form === 'summary' ? 0 : insideOf(layout.frame, width, lines).lines;
        if (content?.crowded !== undefined && linesOf(content.sections) > room)
          contents.set(pane, { ...content, sections: content.crowded() });
      }
    }
  }

  let page = 1;
  let containers: readonly string[] | null = null;
  const lines = layout.bands.flatMap(({ columns }) => {
    const stacks = columns.map(({ width, slots }) =>
      slots.flatMap((slot) => {
        const content = contents.get(slot.pane) ?? null;
        if (slot.form === 'summary') return [summaryLine(paneOf(slot.pane), content, width, model)];
        if (slot.pane === focused) page = insideOf(layout.frame, width, slot.lines).lines - 1;
        const drawn = paneLines(slot, content, { width, frame: layout.frame, focused: slot.pane === focused, model });
        if (slot.pane === 'containers') containers = drawn.visible;
        return drawn.lines;
      }),
    );
    return (stacks[0] ?? []).map((_, row) => stacks.map((stack) => stack[row] ?? '').join(''));
  });

  const content = contents.get(focused);
  return {
    lines,
    shown: {
      ...nothingShown,
      panes: present.map((pane) => pane.id),
      keys: content?.sections.flatMap((section) => section.keys) ?? [],
      sortable: sortableOf(content).map(({ id }) => id),
      page: Math.max(1, page),
      containers,
    },
  };
}

/** Columns that the pane can be sorted by, each once. */
export function sortableOf(content: PaneContent | null | undefined): Section['sortable'] {
  const all = content?.sections.flatMap((section) => section.sortable) ?? [];
  return all.filter((column, index) => all.findIndex(({ id }) => id === column.id) === index);
}

/** A pane's content with the filter and order chosen for it. */
export function contentOf(pane: Pane, { state, now }: Model, view: View): PaneContent {
  return pane.content(view, {
    filter: filterFor(state.filters[pane.id] ?? ''),
    sort: state.sorts[pane.id],
    showStopped: state.showStopped,
    now,
  });
}

/** What panes of the full profile need: the frame before the first data already has its final form. */
const usualNeeds: Readonly<Record<PaneId, number>> = { containers: 14, etcd: 4, patroni: 4, redis: 9, timeline: 1 };

/** Lines that a pane would like. A filter does not count, so that nothing jumps while it is typed. */
function needOf(pane: Pane, content: PaneContent | null, model: Model, view: View): number {
  const filtered = (model.state.filters[pane.id] ?? '') !== '';
  const whole = filtered ? contentOf(pane, { ...model, state: { ...model.state, filters: {} } }, view) : content;
  const sections = whole?.sections ?? [];
  return Math.max(1, linesOf(sections) + sections.length - 1);
}

function summaryLine(pane: Pane, content: PaneContent | null, width: number, { theme }: Model): string {
  return ` ${paintLine(titleSpans(pane, content, false, width - 2), width - 2, theme)} `;
}

type PaneDrawing = {
  readonly width: number;
  readonly frame: Frame;
  readonly focused: boolean;
  readonly model: Model;
};

function paneLines(
  slot: Slot,
  content: PaneContent | null,
  { width, frame, focused, model }: PaneDrawing,
): { lines: string[]; visible: readonly string[] } {
  const { state, theme } = model;
  const pane = paneOf(slot.pane);
  const inside = insideOf(frame, width, slot.lines);
  const keys = content?.sections.flatMap((section) => section.keys) ?? [];
  const selected = focused ? selectedKey(state, keys) : undefined;
  const rows = rowsOf(content?.sections ?? [], inside.columns, inside.lines);
  const visible = windowOf(rows, selected, inside.lines, slot.pane === 'timeline');
  const painted = visible.rows.map((row) =>
    row.key !== null && row.key === selected
      ? paintPicked(row.spans, inside.columns, theme)
      : paintLine(row.spans, inside.columns, theme),
  );
  if (keys.length === 0 && content !== null)
    painted.splice(0, 1, paintLine([span(content.empty, 'faint')], inside.columns, theme));

  const marks = state.marks[slot.pane] ?? [];
  const sign = theme.paint.strong(markSign);
  const gutter =
    marks.length === 0 ? [] : visible.rows.map(({ key }) => (key !== null && marks.includes(key) ? sign : ' '));
  const filter = state.filters[slot.pane] ?? '';
  const corner: Spans = [
    ...(marks.length === 0 ? [] : [span(`${marks.length} marked`, 'strong')]),
    ...(marks.length > 0 && (filter !== '' || visible.hidden > 0) ? [span(' ')] : []),
    ...(filter === '' ? [] : [span('filter ', 'faint'), span(clean(filter), 'strong')]),
    ...(filter !== '' && visible.hidden > 0 ? [span(' ')] : []),
    ...(visible.hidden > 0 ? [span(`${visible.from}–${visible.to} of ${keys.length}`, 'faint')] : []),
  ];
  const room = width - 4 - (corner.length === 0 ? 0 : spansWidth(corner) + 2);
  const title = titleSpans(pane, content, focused, room);
  const options = { frame, columns: width, lines: slot.lines, focused, title, corner, gutter };
  return {
    lines: frameLines(options, painted, theme),
    visible: visible.rows.map((row) => row.key).filter((key) => key !== null),
  };
}
