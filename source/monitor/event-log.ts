import type { StackEvent } from '../stack/events.ts';

/** Bounded log of events; the array is replaced when something is added, so it can be compared by identity. */
export type EventLog = {
  readonly events: readonly StackEvent[];
  add(events: readonly Omit<StackEvent, 'id'>[]): void;
};

export function createEventLog(limit = 2_000): EventLog {
  let events: readonly StackEvent[] = [];
  let nextId = 1;
  return {
    get events() {
      return events;
    },
    add(added) {
      if (added.length === 0) return;
      const numbered = added.map((event) => ({ ...event, id: nextId++ }));
      events = [...events, ...numbered].slice(-limit);
    },
  };
}
