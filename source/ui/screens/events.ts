import { hintFor } from '../../doctor/doctor-hints.ts';
import type { Reason } from '../../stack/report.ts';
import { type Layer, selectedEvent } from '../layers.ts';
import { levelMark } from '../panes/pane.ts';
import { eventSpans, eventText } from '../panes/timeline.ts';
import { filterFor, keep } from '../parts/filter.ts';
import { reasonsOf } from '../parts/header.ts';
import { type Spans, span } from '../parts/spans.ts';
import { clean, wrap } from '../parts/text.ts';
import type { Body, Drawn, Model } from './screen.ts';
import { type Lines, scrolled } from './scroll.ts';

/** All reasons of the verdict, then all events, newest last. */
export function eventsScreen(layer: Extract<Layer, { kind: 'help' | 'events' }>, model: Model, body: Body): Drawn {
  const { view, now } = model;
  const filter = filterFor(layer.filter);
  const reasons = keep(filter, view === null ? [] : reasonsOf(view, now), ({ text }) => text);
  const events = keep(filter, view?.events ?? [], eventText);
  const after: Spans[] = [
    ...(events.length === 0 ? [[span('nothing has changed since paws-top started', 'faint')]] : []),
    [],
    [span(reasons.length === 0 ? 'Now: no reason for concern' : 'Now', 'strong')],
    ...reasons.flatMap((reason) => [
      ...wrap(clean(reason.text), body.columns - 6).map(
        (line, index): Spans => [index === 0 ? levelMark(reason.level) : span(' '), span(` ${line}`)],
      ),
      ...hintLines(reason, model, body),
    ]),
  ];
  // Of thousands of events only those that show are written out.
  const lines: Lines = {
    length: events.length + after.length,
    slice: (from, to) => [
      ...events.slice(from, to).map((event) => eventSpans(event, body.columns)),
      ...after.slice(Math.max(0, from - events.length), Math.max(0, to - events.length)),
    ],
  };
  const title = [span('Events', 'strong'), span(' ── ', 'faint'), span(`${view?.events.length ?? 0}, newest last`)];
  // From an event one gets to the logs around it; where there are none, nothing is to be done with one.
  const keys = model.state.logs ? events.map(({ id }) => String(id)) : [];
  const picked = keys.indexOf(selectedEvent(model.state, keys) ?? '');
  const drawn = scrolled(title, lines, layer.top, model, body, picked);
  return { ...drawn, shown: { ...drawn.shown, keys } };
}

/** How to mend it, where that is known. */
function hintLines(reason: Reason, { view, state, doctor }: Model, body: Body): Spans[] {
  if (view === null) return [];
  const findings = doctor?.latest.get()?.findings ?? [];
  const hint = hintFor(reason, { report: view.report, findings, keys: state.actions });
  if (hint === null) return [];
  return wrap(clean(hint), body.columns - 8).map(
    (line, index): Spans => [span(`  ${index === 0 ? '→' : ' '} ${line}`, 'faint')],
  );
}
