import { containersPane } from './containers.ts';
import { etcdPane } from './etcd.ts';
import type { Pane, PaneId } from './pane.ts';
import { patroniPane } from './patroni.ts';
import { redisPane } from './redis.ts';
import { timelinePane } from './timeline.ts';

/** All panes in the order of their numbers. */
export const panes: readonly Pane[] = [containersPane, etcdPane, patroniPane, redisPane, timelinePane];

/** The pane of that id. */
export function paneOf(id: PaneId): Pane {
  const pane = panes.find((candidate) => candidate.id === id);
  if (pane === undefined) throw new Error(`no pane ${id}`);
  return pane;
}
