import type { Logs } from '../../source/logs/types.ts';
import { initialState } from '../../source/ui/layers.ts';
import type { LogLayer, LogLook } from '../../source/ui/log-types.ts';
import { draw } from '../../source/ui/screens/draw.ts';
import { logOf, openedLog } from '../../source/ui/state-logs.ts';
import { themeFor } from '../../source/ui/theme.ts';
import { now } from '../helpers/snapshots.ts';
import { viewOf } from './screen.ts';

const look: LogLook = { stamps: 'time', wrap: false, raw: false, ansi: true, context: 0 };
const layer = logOf(openedLog(initialState, null, null)) as LogLayer;

/** A log drawn once, without a terminal. */
export function drawn(
  logs: Logs,
  changes: Partial<LogLayer> = {},
  looks: Partial<LogLook> = {},
  size: readonly [number, number] = [80, 24],
) {
  const [columns, rows] = size;
  if (changes.filter !== undefined) logs.finder.search(changes.filter);
  return draw({
    view: viewOf(),
    state: { ...initialState, logs: true, layers: [{ ...layer, ...changes }] },
    columns,
    rows,
    now,
    refreshing: false,
    readOnly: false,
    theme: themeFor({ LANG: 'C.UTF-8', NO_COLOR: '1' }),
    drills: null,
    logs: { logs, look: { ...look, ...looks } },
    actions: null,
    connections: null,
    doctor: null,
    leaving: false,
  });
}
export const textOf = (...options: Parameters<typeof drawn>): string =>
  drawn(...options)
    .lines.join('\n')
    .replaceAll(/\x1b\[[\d;]*m/g, '');
