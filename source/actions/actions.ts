import { StackError, toProblem } from '../stack/errors.ts';
import type { StackEvent } from '../stack/events.ts';
import { plain } from '../stack/format.ts';
import { namesOf } from './rolling-members.ts';
import type { Action, ActionMeans, ActionProgress, Actions, Given, Preview } from './types.ts';

export type ActionsOptions = {
  /** Those that are always there, once they are loaded. */
  readonly table: () => readonly Action[];
  readonly open: () => Promise<{ readonly means: ActionMeans; readonly close: () => Promise<void> }>;
  /** Those of the compose file's profiles. */
  readonly more: (means: ActionMeans) => Promise<readonly Action[]>;
  /** Why nothing may be changed now, a sentence; null: it may. */
  readonly obstacle: (means: ActionMeans) => Promise<string | null>;
  /** Puts it on the timeline. */
  readonly tell: (text: string, subject: string | null, level: StackEvent['level']) => void;
  /** Epoch ms. */
  readonly now: () => number;
};

type How = Parameters<Actions['start']>[1];

/** What asks the whole stack twice as often as the screen is let go when nobody has needed it for so long. */
const idleMs = 30_000;

/** Actions as the screen drives them: one at a time, each told to the timeline. Nothing is connected before it is asked for. */
export function createActions({ table, open, more, obstacle, tell, now }: ActionsOptions): Actions {
  const listeners = new Set<() => void>();
  let others: readonly Action[] = [];
  let opened: ReturnType<typeof open> | null = null;
  let progress: ActionProgress | null = null;
  let running: { readonly stop: AbortController; readonly ended: Promise<void> } | null = null;

  let users = 0;
  let idle: NodeJS.Timeout | undefined;

  /** Connects for as long as somebody needs it, and a while longer. */
  async function withMeans<T>(use: (means: ActionMeans) => Promise<T>): Promise<T> {
    clearTimeout(idle);
    users += 1;
    opened ??= open();
    const mine = opened;
    try {
      return await use((await mine).means);
    } finally {
      users -= 1;
      const failed = await mine.then(
        () => false,
        () => true,
      );
      if (failed && opened === mine) opened = null;
      if (users === 0 && !failed) idle = setTimeout(letGo, idleMs).unref();
    }
  }
  function letGo(): void {
    const mine = opened;
    opened = null;
    mine?.then(({ close }) => close()).catch(() => {}); // it was only looked at
  }
  const show = (next: ActionProgress | null): void => {
    progress = next;
    for (const listener of listeners) listener();
  };
  const change = (parts: Partial<ActionProgress>): void => {
    if (progress !== null) show({ ...progress, ...parts });
  };

  /** From the first word on the timeline to the last; never rejects. */
  async function perform(action: Action, how: How, signal: AbortSignal): Promise<void> {
    const subject = how.targets.length === 1 ? (how.targets[0]?.member ?? how.targets[0]?.name ?? null) : null;
    const what = `${action.label.toLowerCase()} ${namesOf(how.targets)}`.trim();
    const say = (text: string): void => {
      change({ steps: [...(progress?.steps ?? []), { at: now(), text }] });
      tell(text, subject, 'info');
    };
    let begun = false;
    try {
      const result = await withMeans(async (means) => {
        const given = await granted(means, action, how);
        begun = true;
        tell(what, subject, 'warning');
        for (const line of how.preview.literal) tell(line, subject, 'info');
        return action.run({ ...given, choice: how.choice, say, signal });
      });
      tell(`${what}: ${result}`, subject, 'good');
      change({ stage: 'done', endedAt: now(), result });
    } catch (error) {
      const result = plain(toProblem(error).message);
      if (begun) tell(`${what} failed: ${result}`, subject, 'bad');
      else tell(`${what} was not begun: ${result}`, subject, 'info');
      change({ stage: 'failed', endedAt: now(), result });
    }
  }

  /** What it works on, when that is still what the person has seen. @throws StackError `precondition` */
  async function granted(
    connected: ActionMeans,
    action: Action,
    { targets, input, choice, preview }: How,
  ): Promise<Given> {
    const reason = await obstacle(connected);
    if (reason !== null) throw new StackError('precondition', reason);
    const seen = connected.seen();
    if (seen === null) throw new StackError('precondition', 'the stack has not been looked at yet: try again');
    const given: Given = { targets, input, seen, means: connected };
    for (const target of targets) {
      const why = action.unavailable(target, seen);
      if (why !== null) throw new StackError('precondition', `${target.name}: ${why}`);
    }
    const fresh = await action.preview(given);
    if (fresh.refused !== null) throw new StackError('precondition', fresh.refused);
    if (JSON.stringify(fresh) !== JSON.stringify(preview)) {
      change({ fresh });
      throw moved(fresh);
    }
    if (!fresh.choices.some(({ id }) => id === choice))
      throw new StackError('internal', `no choice is called "${choice}"`);
    return given;
  }

  return {
    list: () => [...table(), ...others],
    async refresh() {
      others = await withMeans(more);
    },
    preview: (action, targets, input, seen) => withMeans((means) => action.preview({ targets, input, seen, means })),
    progress: {
      get: () => progress,
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    start(action, how) {
      if (running !== null) throw new StackError('precondition', `${progress?.action.label ?? 'an action'} still runs`);
      const { id, label, danger } = action;
      const stop = new AbortController();
      const { targets, preview } = how;
      show({
        action: { id, label, danger },
        targets,
        literal: preview.literal,
        startedAt: now(),
        steps: [],
        stage: 'running',
        endedAt: null,
        result: null,
      });
      const ended = perform(action, how, stop.signal).finally(() => {
        running = null;
      });
      running = { stop, ended };
    },
    async stop() {
      if (running === null) return;
      running.stop.abort(new StackError('precondition', 'stopped'));
      if (progress?.stage === 'running') change({ stage: 'stopping' });
      await running.ended;
    },
    dismiss() {
      if (running === null) show(null);
    },
  };
}

const moved = ({ effects }: Preview): StackError =>
  new StackError('precondition', `roles have moved since: ${effects[0] ?? 'look again'}`);
