import type { Binding } from '../../keys/types.ts';
import { count, plural } from '../../stack/format.ts';
import { filterOf, type Layer, nothingShown } from '../layers.ts';
import { smallest } from '../layout.ts';
import { levelMark } from '../panes/pane.ts';
import { filterFor } from '../parts/filter.ts';
import { footerLine } from '../parts/footer.ts';
import { headerLine, reasonLines } from '../parts/header.ts';
import { paintLine, type Spans, span } from '../parts/spans.ts';
import { clean, ending, widthOf } from '../parts/text.ts';
import { actionStage, beneathActions } from '../state-actions.ts';
import { drillStage } from '../state-drills.ts';
import { isEnabled, scopesOf } from '../state-keys.ts';
import { actionDialog, askDialog } from './action-dialog.ts';
import { actionHeader, progressPanel } from './action-progress.ts';
import { actionsMenu, offersIn } from './actions.ts';
import { connectionsMenu } from './connections.ts';
import { detailScreen } from './detail.ts';
import { dialogLines, leavingText } from './dialogs.ts';
import { doctorScreen } from './doctor.ts';
import { drillHeader, drillScreen } from './drill.ts';
import { drillsScreen } from './drills.ts';
import { eventsScreen } from './events.ts';
import { helpScreen } from './help.ts';
import { logScreen } from './log.ts';
import { levelsMenu, servicesMenu, servicesOf } from './log-menus.ts';
import { paletteMenu, sortMenu } from './menu.ts';
import { overview } from './overview.ts';
import type { Body, Drawn, Model } from './screen.ts';

/** The whole terminal as painted lines: header, reasons, what is on top, footer. Exactly as many as there are rows. */
export function draw(model: Model): Drawn {
  const { columns, rows, view, state, theme, now } = model;
  if (columns < smallest.columns || rows < smallest.rows) return tooSmall(model);

  const header = headerLine(
    view,
    {
      columns,
      now,
      holding: state.holding,
      refreshing: model.refreshing,
      readOnly: model.readOnly,
      doing: doingHeader(model),
    },
    theme,
  );
  const reasons = [...noticeLines(model), ...reasonLines(view, columns, rows >= 50 ? 3 : 1, now, theme)];
  const body: Body = { columns, lines: rows - 2 - reasons.length };
  const { lines, shown } = bodyOf(model, body);
  const all = [header, ...reasons, ...lines.slice(0, body.lines), footerOf(model)];
  return { lines: all.map(theme.encode), shown };
}

/** What comes before the stack's own reasons: quitting that waits, faults that nobody heals. */
function noticeLines(model: Model): string[] {
  const { drills, leaving, columns, theme, state } = model;
  const { journal, progress } = drills ?? { journal: [], progress: null };
  const idle = drillStage(progress) !== 'running' && actionStage(model.actions?.progress ?? null) !== 'running';
  const left = idle ? journal.length : 0;
  // What a change of the stack has left is no fault, but put right in the same way.
  const changes = journal.every(({ drill }) => drill === 'action');
  const texts = [
    ...(state.note === null ? [] : [clean(state.note)]),
    ...(leaving ? [leavingText(model)] : []),
    ...(left === 0
      ? []
      : changes
        ? [`${plural(left, 'change')} left unfinished: H puts ${left === 1 ? 'it' : 'them'} right, then begin anew`]
        : [`${plural(left, 'fault')} ${progress === null ? 'left from an earlier run' : 'still there'}: H heals`]),
  ];
  return texts.map((text) => ` ${paintLine([levelMark('degraded'), span(` ${text}`, 'strong')], columns - 2, theme)} `);
}

/** A drill or an action; of two the one that still runs, and the action where neither does. */
function doingHeader(model: Model): readonly Spans[] {
  const action = actionHeader(model);
  return action.length === 0 || drillStage(model.drills?.progress ?? null) === 'running' ? drillHeader(model) : action;
}

function bodyOf(model: Model, body: Body): Drawn {
  const layers = model.state.layers;
  const top = layers.at(-1);
  switch (top?.kind) {
    case undefined:
      return overview(model, body);
    case 'detail':
      return detailScreen(top, model, body);
    case 'events':
      return eventsScreen(top, model, body);
    case 'help':
      return helpScreen(top, model, body);
    case 'drills':
      return drillsScreen(top, model, body);
    case 'drill':
      return drillScreen(top, model, body);
    case 'doctor':
      return doctorScreen(top, model, body);
    case 'actions': {
      const under = bodyOf({ ...model, state: beneathActions(model.state) }, body);
      const offers = offersIn(top, model);
      const menu = actionsMenu(top, offers, model, Math.min(body.lines - 2, mostMenu));
      const kept = under.lines.slice(0, body.lines - menu.lines.length);
      return { lines: [...kept, ...menu.lines], shown: { ...under.shown, lines: menu.choices, offers } };
    }
    case 'action-ask':
    case 'action':
    case 'action-progress': {
      const under = bodyOf({ ...model, state: beneathActions(model.state) }, body);
      const panel =
        top.kind === 'action'
          ? actionDialog(top, model, body.lines)
          : top.kind === 'action-ask'
            ? askDialog(top, model, body.lines)
            : progressPanel(top, model, body.lines);
      const kept = under.lines.slice(0, body.lines - panel.lines.length);
      return { lines: [...kept, ...panel.lines], shown: { ...under.shown, lines: panel.all, page: panel.page } };
    }
    case 'log': {
      const { lines, shown } = logScreen(top, model, body);
      return { lines, shown: { ...shown, services: servicesOf(model) } };
    }
    case 'confirm':
    case 'heal':
    case 'leave':
    case 'log-time':
    case 'log-save': {
      const under = bodyOf({ ...model, state: { ...model.state, layers: layers.slice(0, -1) } }, body);
      const dialog = dialogLines(top, model, body.lines);
      return { lines: [...under.lines.slice(0, body.lines - dialog.length), ...dialog], shown: under.shown };
    }
    case 'connections': {
      const under = bodyOf({ ...model, state: { ...model.state, layers: layers.slice(0, -1) } }, body);
      const menu = connectionsMenu(top, model, body.lines - 2);
      const kept = under.lines.slice(0, body.lines - menu.lines.length);
      return { lines: [...kept, ...menu.lines], shown: { ...under.shown, lines: menu.choices } };
    }
    case 'palette':
    case 'sort': {
      // A menu lies over the bottom of what it was opened on.
      const below = { ...model, state: { ...model.state, layers: layers.slice(0, -1) } };
      const under = bodyOf(below, body);
      const menu =
        top.kind === 'palette' ? paletteMenu(top, model, body.lines - 2) : sortMenu(top, below, body.lines - 2);
      const kept = under.lines.slice(0, body.lines - menu.lines.length);
      return { lines: [...kept, ...menu.lines], shown: { ...under.shown, lines: menu.choices } };
    }
    case 'log-levels':
    case 'log-services': {
      const under = bodyOf({ ...model, state: { ...model.state, layers: layers.slice(0, -1) } }, body);
      const menu =
        top.kind === 'log-levels' ? levelsMenu(top, model, body.lines - 2) : servicesMenu(top, model, body.lines - 2);
      const kept = under.lines.slice(0, body.lines - menu.lines.length);
      const shown = { ...under.shown, lines: menu.choices, services: servicesOf(model) };
      return { lines: [...kept, ...menu.lines], shown };
    }
    default:
      return top satisfies never;
  }
}

/** Lines of a menu of actions: over it the stack stays in sight. */
const mostMenu = 22;

/** Keys that matter now; while a filter is typed, what was typed and what is wrong with it. */
function footerOf(model: Model): string {
  const { state, columns, theme } = model;
  const scopes = scopesOf(state);
  const ended = actionStage(model.actions?.progress ?? null) !== 'running';
  const chooses = choosesIn(state.layers.at(-1));
  const enabled = ({ intent, scope }: Binding) =>
    isEnabled(state, intent) &&
    !(ended && intent.ui === 'action-stop') &&
    !(!chooses && scope === 'dialog' && intent.ui === 'move');
  if (!state.typing) return footerLine(scopes, enabled, columns, theme);
  const typed = filterOf(state);
  const problem = state.layers.at(-1)?.kind === 'log' ? searchNote(model, typed) : filterFor(typed).problem;
  // What was typed last stays in sight, and what is said of it.
  const room = columns - 5 - (problem === null ? 0 : widthOf(problem) + 1);
  const before: Spans = [
    span('/', 'strong'),
    span(ending(clean(typed, 4_000), Math.max(8, room))),
    span('▏'),
    ...(problem === null ? [] : [span(` ${problem}`, 'strong')]),
  ];
  return footerLine(scopes, enabled, columns, theme, before);
}

/** Whether there is anything to choose in a layer; its text says by itself how it is scrolled. */
function choosesIn(top: Layer | undefined): boolean {
  if (top?.kind === 'action') return (top.preview?.choices.length ?? 0) > 1;
  return top?.kind !== 'action-progress';
}

/** What a search has found so far, or why it finds nothing. Of the one before nothing is said. */
function searchNote({ logs }: Model, typed: string): string | null {
  const search = logs?.logs.finder.state ?? null;
  if (search === null || search.pattern !== typed) return null;
  if (search.trouble !== null) return search.trouble;
  const found = search.hits === 1 ? '1 hit' : `${count(search.hits)} hits`;
  return search.caughtUp ? found : `${found} so far`;
}

function tooSmall({ columns, rows, theme }: Model): Drawn {
  const texts = [
    `paws-top needs ${smallest.columns}×${smallest.rows}`,
    `this terminal is ${columns}×${rows}`,
    'make it larger, or q to quit',
  ];
  const first = Math.max(0, Math.floor((rows - texts.length) / 2));
  const lines = Array.from({ length: rows }, (_, row) => {
    const text = texts[row - first] ?? '';
    const left = Math.max(0, Math.floor((columns - text.length) / 2));
    return theme.encode(paintLine([span(' '.repeat(left)), span(text)], columns, theme));
  });
  return { lines, shown: nothingShown };
}
