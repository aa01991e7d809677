import { homedir, tmpdir } from 'node:os';
import type { Intent } from '../keys/types.ts';
import { parseMoment } from '../logs/time-words.ts';
import type { LineId, Logs } from '../logs/types.ts';
import type { View } from '../monitor/types.ts';
import { bytes, count, plural } from '../stack/format.ts';
import { closeTop, type Shown, type UiState } from './layers.ts';
import { clippingOf, setClipboard } from './log-clipboard.ts';
import { copyLines, pathOf, proposedPath, saveLines, savingFailed } from './log-save.ts';
import type { LogShown } from './log-types.ts';
import { clock } from './panes/timeline.ts';
import { atEvent, logSubject, selectedMoment } from './state-log-subject.ts';
import {
  askedForPath,
  atLine,
  hushed,
  logOf,
  openedLog,
  reduceLog,
  sameLine,
  told,
  troubledPrompt,
  withLog,
} from './state-logs.ts';

type Surroundings = {
  readonly logs: Logs | null;
  readonly view: () => View | null;
  readonly state: () => UiState;
  readonly change: (next: UiState) => void;
  /** Epoch ms. */
  readonly now: () => number;
  /** To the terminal, past what draws. */
  readonly write: (sequence: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where files are put whose names are no whole paths. */
  readonly folder?: () => string;
};

/** It may have been removed meanwhile. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    return tmpdir();
  }
}

/** What the keys of logs do to the world; what they do to the screen is the reducer's business. */
export function logEffects({ logs, view, state, change, now, write, env, folder = currentFolder }: Surroundings) {
  const say = (text: string): void => change(told(state(), text));

  /** The lines that are marked and still kept, in their order; without any, null. */
  const markedLines = (known: Logs): readonly LineId[] | null => {
    const marked = logOf(state())?.marked ?? [];
    if (marked.length === 0) return null;
    return marked
      .map((id) => ({ id, position: known.buffer.positionOf(id) }))
      .filter((line): line is { id: LineId; position: number } => line.position !== null)
      .sort((a, b) => a.position - b.position)
      .map(({ id }) => id);
  };

  const nothingTo = (what: string): string =>
    (logOf(state())?.marked.length ?? 0) > 0 ? 'the marked lines have fallen out' : `there is no line to ${what}`;

  const copy = (known: Logs, shown: Shown): void => {
    const cursor = shown.log?.step(logOf(state())?.cursor ?? null, 0) ?? null;
    const chosen = markedLines(known) ?? (cursor === null ? [] : [cursor]);
    if (chosen.length === 0) {
      say(nothingTo('copy'));
      return;
    }
    const texts = chosen.map(({ slot }) => known.buffer.text(slot));
    const clipping = clippingOf(texts);
    const size = bytes(Buffer.byteLength(clipping.text));
    say(
      clipping.cut
        ? `copied only ${size}, ${count(clipping.lines)} of ${plural(chosen.length, 'line')}: a terminal takes no more`
        : `copied ${chosen.length === 1 ? 'the line' : `${count(chosen.length)} lines`}, ${size}, to the terminal's clipboard`,
    );
    void setClipboard(clipping.text, env, write);
  };

  const save = (known: Logs, shown: Shown, typed: string): void => {
    const path = pathOf(typed, folder(), env.HOME ?? homedir());
    const slots = markedLines(known)?.map(({ slot }) => slot) ?? shown.log?.slots() ?? [];
    if (slots.length === 0) {
      change(told(closeTop(state()), nothingTo('save')));
      return;
    }
    change(told(closeTop(state()), `saving to ${path} …`));
    const sources = known.following.sources.map(({ source }) => source);
    saveLines(path, copyLines(slots, known.buffer, path), sources)
      .then((saved) => `saved ${count(slots.length)} line${slots.length === 1 ? '' : 's'} to ${saved}`)
      .catch((error: unknown) => savingFailed(error, path))
      .then(say);
  };

  const goTo = (shown: Shown, typed: string): void => {
    const top = state().layers.at(-1);
    const moment = parseMoment(typed, now());
    if (top?.kind !== 'log-time') return;
    if (moment === null || shown.log === null) {
      change(troubledPrompt(state(), top, 'a time is 21:04, 21:04:11, 10m, 1h30m or 2026-11-23T21:04:11'));
      return;
    }
    change(arrived(closeTop(state()), moment.ms, shown.log));
  };

  /** The log at a moment, as far as its lines go. */
  const arrived = (before: UiState, ms: number, shown: LogShown): UiState => {
    const line = shown.at(ms);
    if (line === null) return told(before, `nothing is kept from ${clock(ms)} on`);
    return withLog({ ...atLine(before, line, shown), logGoal: null }, { said: beginsLater(shown, ms) });
  };

  /** Why not what was meant is seen but the oldest line; null: it is seen. */
  const beginsLater = (shown: LogShown, ms: number): string | null => {
    const first = shown.first();
    const oldest = first === null ? null : shown.ms(first);
    return oldest !== null && oldest > ms ? `what is kept begins at ${clock(oldest)}` : null;
  };

  const jump = (shown: Shown): void => {
    const log = logOf(state());
    if (log === null) {
      change(openedLog(state(), null, selectedMoment(state(), shown, view())));
      return;
    }
    const line = shown.log?.step(log.cursor, 0) ?? null;
    const ms = (line === null ? null : shown.log?.ms(line)) ?? now();
    const next = atEvent(state(), view()?.events ?? [], ms);
    if (next === null) say('there is no event on the timeline yet');
    else change(next);
  };

  return {
    /** A key that does something to the world; false: the reducer has it. */
    perform(intent: Intent, shown: Shown): boolean {
      if (logs === null) return false;
      const top = state().layers.at(-1);
      switch (intent.ui) {
        case 'logs': {
          if (top?.kind === 'log') {
            change(closeTop(state()));
          } else {
            const { services, at } = logSubject(state(), shown, view());
            change(openedLog(state(), services, at));
          }
          return true;
        }
        case 'log-jump':
          jump(shown);
          return true;
        case 'log-hit': {
          const search = logs.finder.state;
          if (search === null || search.caughtUp) return false;
          const next = reduceLog(hushed(state()), intent, shown);
          const said = logOf(next)?.said ?? null;
          change(said === null ? next : told(next, `${said} yet`));
          return true;
        }
        case 'log-levels':
          logs.findLevels();
          return false;
        case 'log-marker':
          logs.mark(`marker ${clock(now(), true)}`);
          say('marker set after the newest line');
          return true;
        case 'log-clear':
          logs.buffer.clear();
          change(withLog({ ...state(), logGoal: null }, { cursor: null, top: null, marked: [], said: 'cleared' }));
          return true;
        case 'log-copy':
          copy(logs, shown);
          return true;
        case 'log-save':
          change(askedForPath(state(), proposedPath(now(), folder(), tmpdir())));
          return true;
        case 'accept':
          if (top?.kind === 'log-save') save(logs, shown, top.typed);
          else if (top?.kind === 'log-time') goTo(shown, top.typed);
          else return false;
          return true;
        default:
          return false;
      }
    },

    /**
     * What has to follow a change: streams follow the services that are shown, and none while the log is closed; the search
     * goes along with what is typed. Returns the state to be.
     */
    follow(before: UiState, after: UiState): UiState {
      const [was, is] = [logOf(before), logOf(after)];
      if (logs === null || was === is) return after;
      if (is === null) {
        logs.following.choose([]);
        logs.finder.search(null);
        return { ...after, logGoal: null };
      }
      if (was === null || String(was.services) !== String(is.services)) logs.following.choose(is.services);
      if ((was?.filter ?? '') !== is.filter) logs.finder.search(is.filter === '' ? null : is.filter);
      const stopped = is.cursor !== null && (was === null || was.cursor === null);
      return stopped ? withLog(after, { pausedAt: logs.buffer.counts.added }) : after;
    },

    /** The log at the moment it was opened for, as soon as its lines are there. To be called while there is such a moment. */
    reach(shown: Shown): void {
      const [goal, log] = [state().logGoal, logOf(state())];
      if (logs === null || goal === null || log === null || shown.log === null) return;
      const line = shown.log.at(goal);
      const { services } = log;
      const states = logs.following.sources
        .filter(({ source }) => services === null || services.includes(source.service))
        .map((source) => source.state);
      // Until then more may come that is older than what there is.
      const done = states.includes('following') && !states.includes('reading');
      if (line === null) {
        if (done) change({ ...state(), logGoal: null });
        return;
      }
      const moved = log.cursor === null || !sameLine(log.cursor, line);
      if (!moved && !done) return;
      // What was read until now is nothing new.
      const next = withLog(moved ? atLine(state(), line, shown.log) : state(), {
        pausedAt: logs.buffer.counts.added,
        said: done ? beginsLater(shown.log, goal) : null,
      });
      change(done ? { ...next, logGoal: null } : next);
    },
  };
}
