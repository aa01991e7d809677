import type { StackEvent } from '../../stack/events.ts';
import { plural } from '../../stack/format.ts';
import { keep } from '../parts/filter.ts';
import { type Span, type Spans, span } from '../parts/spans.ts';
import type { Section } from '../parts/table.ts';
import { clean, fill } from '../parts/text.ts';
import type { Pane } from './pane.ts';

export const timelinePane: Pane = {
  id: 'timeline',
  number: 5,
  title: 'Timeline',
  present: () => true,
  content(view, { filter }) {
    const events = keep(filter, view.events, eventText);
    return {
      level: 'ok',
      facts: view.events.length === 0 ? [] : [span(plural(view.events.length, 'event'), 'faint')],
      sections: [eventSection(events)],
      empty: view.events.length === 0 ? 'nothing has changed since paws-top started' : 'no event matches',
    };
  },
};

export const eventText = (event: StackEvent): string => `${event.source} ${event.subject ?? ''} ${event.text}`;

const marks: Record<StackEvent['level'], Span> = {
  good: span('●', 'good'),
  info: span('·', 'faint'),
  warning: span('▲', 'warning'),
  bad: span('✖', 'bad'),
};

/** One event as a line: `21:03:58.412 ✖ docker   patroni1 killed`. Narrow: without milliseconds and source. */
export function eventSpans(event: StackEvent, columns: number): Spans {
  const time = clock(event.at, columns >= 70);
  const source = columns >= 56 ? [span(` ${fill(clean(event.source), 8)} `, 'faint')] : [span(' ')];
  return [span(time, 'faint'), span(' '), marks[event.level], ...source, span(clean(event.text))];
}

/** Local time of day, `21:03:58` or with milliseconds. */
export function clock(at: number, milliseconds = false): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return milliseconds ? `${time}.${String(date.getMilliseconds()).padStart(3, '0')}` : time;
}

/** A log's array is replaced when an event comes, so the keys of one stay right. */
function keysOf(events: readonly StackEvent[]): readonly string[] {
  const keys = known.get(events) ?? events.map(({ id }) => String(id));
  known.set(events, keys);
  return keys;
}
const known = new WeakMap<readonly StackEvent[], readonly string[]>();

/** Events have no columns to sort by: their order is time. */
function eventSection(events: readonly StackEvent[]): Section {
  return {
    keys: keysOf(events),
    headed: false,
    sortable: [],
    header: () => [],
    row: (index, columns) => {
      const event = events[index];
      return event === undefined ? [] : eventSpans(event, columns);
    },
  };
}
