import type { View } from '../monitor/types.ts';
import type { StackEvent } from '../stack/events.ts';
import type { Probed } from '../stack/snapshot.ts';
import type { Shown, UiState } from './layers.ts';
import { keyOf } from './panes/containers.ts';
import { eventText } from './panes/timeline.ts';
import { filterFor } from './parts/filter.ts';
import { selectedEvent, selectedKey } from './state.ts';

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
  const top = state.layers.at(-1);
  const pane = top?.kind === 'detail' ? top.pane : top?.kind === 'events' ? 'timeline' : state.pane;
  const key = top?.kind === 'detail' ? top.key : selectedKey({ ...state, pane }, shown.keys);
  if (view === null || key === undefined) return everything;
  if (pane === 'timeline') {
    const event = view.events.find(({ id }) => String(id) === key);
    if (event === undefined) return everything;
    const service = event.subject === null ? null : serviceOf(view, event.subject);
    return { services: service === null ? null : [service], at: event.at };
  }
  const { containers } = view.snapshot;
  const container =
    pane === 'containers'
      ? containers.find((row) => keyOf(row) === key)
      : containers.find(({ name }) => name === memberContainer(view, pane, key));
  return container === undefined ? everything : { services: [container.service ?? container.name], at: null };
}

/** The moment of the event that is selected; null: there is none. */
export function selectedMoment(state: UiState, shown: Shown, view: View | null): number | null {
  const key = selectedEvent(state, shown.keys);
  return view?.events.find(({ id }) => String(id) === key)?.at ?? null;
}

function memberContainer(view: View, pane: 'etcd' | 'patroni' | 'redis', key: string): string | undefined {
  // Keys of the Redis pane carry the system, since a Redis and a Sentinel may have the same name.
  const system = pane === 'redis' && key.startsWith('sentinel:') ? 'sentinel' : pane;
  const name = pane === 'redis' ? key.slice(key.indexOf(':') + 1) : key;
  return view.snapshot[system]?.find((member) => member.name === name)?.container;
}

/** Subjects of events are members, services or containers. */
function serviceOf({ snapshot }: View, subject: string): string | null {
  const { etcd, patroni, redis, sentinel } = snapshot;
  const members: readonly Probed<unknown>[] = [etcd ?? [], patroni ?? [], redis ?? [], sentinel ?? []].flat();
  const member = members.find(({ name }) => name === subject);
  const name = member?.container ?? subject;
  const container =
    snapshot.containers.find((row) => row.name === name) ?? snapshot.containers.find((row) => row.service === name);
  return container === undefined ? null : (container.service ?? container.name);
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
