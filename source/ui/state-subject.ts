import type { View } from '../monitor/types.ts';
import type { Probed } from '../stack/snapshot.ts';
import { type System, systems } from '../stack/topology.ts';
import type { Subject } from './action-types.ts';
import { type Shown, selectedKey, type UiState } from './layers.ts';
import { keyOf } from './panes/containers.ts';
import type { PaneId } from './panes/pane.ts';

/**
 * Whom a key is about, from any pane, the timeline and what lies over them: the marked rows, in the order in which they were
 * marked, else the selected one; of a log of one service, that one. Empty: nobody in particular.
 */
export function subjectsOf(state: UiState, shown: Shown, view: View | null): readonly Subject[] {
  if (view === null) return [];
  const top = state.layers.at(-1);
  if (top?.kind === 'log') {
    const [service, ...others] = top.services ?? [];
    const subject = service === undefined || others.length > 0 ? null : subjectNamed(view, service);
    return subject === null ? [] : [subject];
  }
  const marked = top === undefined ? (state.marks[state.pane] ?? []) : [];
  const place = placeOf(state, shown);
  const keys = marked.length > 0 ? marked : place === null ? [] : [place.key];
  const pane = place?.pane ?? state.pane;
  return keys.map((key) => subjectAt(view, pane, key)).filter((subject) => subject !== null);
}

/** The pane and the key of what is selected, in a pane or in what was opened from one; null: nothing. */
export function placeOf(state: UiState, shown: Shown): { readonly pane: PaneId; readonly key: string } | null {
  const top = state.layers.at(-1);
  if (top?.kind === 'detail') return { pane: top.pane, key: top.key };
  const pane = top?.kind === 'events' ? 'timeline' : state.pane;
  const key = selectedKey({ ...state, pane }, shown.keys);
  return key === undefined ? null : { pane, key };
}

/** Whose row that is; null: nobody's, or it has gone. */
export function subjectAt(view: View, pane: PaneId, key: string): Subject | null {
  const { snapshot } = view;
  if (pane === 'timeline') {
    const event = view.events.find(({ id }) => String(id) === key);
    return event?.subject == null ? null : subjectNamed(view, event.subject);
  }
  if (pane === 'containers') {
    const row = snapshot.containers.find((container) => keyOf(container) === key);
    return row === undefined ? null : containerSubject(view, row);
  }
  // Keys of the Redis pane carry the system, since a Redis and a Sentinel may have the same name.
  const system = pane === 'redis' && key.startsWith('sentinel:') ? 'sentinel' : pane;
  const name = pane === 'redis' ? key.slice(key.indexOf(':') + 1) : key;
  const member = membersOf(view, system).find((one) => one.name === name);
  return member === undefined ? null : memberSubject(system, member);
}

/** Every container, and the member that is in it. */
export const everybody = (view: View): readonly Subject[] =>
  view.snapshot.containers.map((row) => containerSubject(view, row));

/** Somebody by the name of a member, a service or a container, as events and logs have it. */
function subjectNamed(view: View, name: string): Subject | null {
  for (const system of systems) {
    const member = membersOf(view, system).find((one) => one.name === name);
    if (member !== undefined) return memberSubject(system, member);
  }
  const { containers } = view.snapshot;
  const row = containers.find((one) => one.name === name) ?? containers.find((one) => one.service === name);
  return row === undefined ? null : containerSubject(view, row);
}

type Row = View['snapshot']['containers'][number];

function containerSubject(view: View, row: Row): Subject {
  const container = keyOf(row);
  const system = systems.find((one) => one === row.role) ?? null;
  const member = system === null ? undefined : membersOf(view, system).find((one) => one.container === row.name);
  if (system !== null && member !== undefined) return memberSubject(system, member);
  const namesakes = view.snapshot.containers.filter(({ service }) => service === row.service);
  const name = row.service !== null && namesakes.length === 1 ? row.service : container;
  return { name, system, member: null, container };
}

const memberSubject = (system: System, { name, container }: Probed<unknown>): Subject => ({
  name,
  system,
  member: name,
  container,
});

const membersOf = ({ snapshot }: View, system: System): readonly Probed<unknown>[] => snapshot[system] ?? [];
