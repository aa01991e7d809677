import type { View } from '../monitor/types.ts';
import type { StackEvent } from '../stack/events.ts';
import { type Shown, selectedEvent, type UiState } from './layers.ts';
import { keyOf } from './panes/containers.ts';
import { eventText } from './panes/timeline.ts';
import { filterFor } from './parts/filter.ts';
import { placeOf, subjectAt } from './state-subject.ts';

/** Whose logs are meant, and of when. */
export type LogSubject = {
  /** null: all. */
  readonly services: readonly string[] | null;
  /** Epoch ms; null: now. */
  readonly at: number | null;
};

const everything: LogSubject = { services: null, at: null };

/** The services behind what is selected, and on the timeline the moment of the event; all where it is nobody's. */
export function logSubject(state: UiState, shown: Shown, view: View | null): LogSubject {
  const place = placeOf(state, shown);
  if (view === null || place === null) return everything;
  const at = place.pane === 'timeline' ? selectedMoment(state, shown, view) : null;
  const name = subjectAt(view, place.pane, place.key)?.container;
  const container = view.snapshot.containers.find((row) => keyOf(row) === name);
  return { services: container === undefined ? null : [container.service ?? container.name], at };
}

/** The moment of the event that is selected; null: there is none. */
export function selectedMoment(state: UiState, shown: Shown, view: View | null): number | null {
  const key = selectedEvent(state, shown.keys);
  return view?.events.find(({ id }) => String(id) === key)?.at ?? null;
}

/** The timeline with the event nearest to a moment selected, all layers closed; null: there is no event. */
export function atEvent(state: UiState, events: readonly StackEvent[], ms: number): UiState | null {
  let nearest: StackEvent | undefined;
  for (const event of events) {
    if (nearest === undefined || Math.abs(event.at - ms) <= Math.abs(nearest.at - ms)) nearest = event;
  }
  if (nearest === undefined) return null;
  const { timeline = '', ...filters } = state.filters;
  return {
    ...state,
    layers: [],
    typing: false,
    pane: 'timeline',
    selected: { ...state.selected, timeline: String(nearest.id) },
    // It has to show.
    filters: filterFor(timeline).matches(eventText(nearest)) ? state.filters : filters,
  };
}
