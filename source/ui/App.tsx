import { useApp, useInput, usePaste, useWindowSize } from 'ink';
import { useEffect, useReducer, useRef, useState } from 'react';
import type { Connections, Consoles } from '../actions/console-types.ts';
import type { Actions } from '../actions/types.ts';
import type { Doctor } from '../doctor/types.ts';
import type { Drills } from '../drills/types.ts';
import { chordsOf } from '../keys/chord.ts';
import { resolve } from '../keys/resolve.ts';
import type { Intent } from '../keys/types.ts';
import type { Logs } from '../logs/types.ts';
import type { Monitor } from '../monitor/types.ts';
import { actionEffects, actionRuns } from './action-effects.ts';
import { consoleEffects } from './console-effects.ts';
import { doctorEffects } from './doctor-effects.ts';
import { drillEffects, drillRuns } from './drill-effects.ts';
import { useActionProgress } from './hooks/use-action-progress.ts';
import { useDoctor } from './hooks/use-doctor.ts';
import { useLeaving, useProgress } from './hooks/use-drills.ts';
import { useLogFrames, useSearchAnswer } from './hooks/use-log-frames.ts';
import { useSampling } from './hooks/use-sampling.ts';
import { type Clock, useTick, useView } from './hooks/use-view.ts';
import { initialState, type Shown, type UiState } from './layers.ts';
import type { Lending } from './lend-terminal.ts';
import { logEffects } from './log-effects.ts';
import type { Pace } from './pace.ts';
import { Rows } from './parts/Rows.tsx';
import { clean } from './parts/text.ts';
import { draw } from './screens/draw.ts';
import { chosenIntent } from './screens/menu.ts';
import type { Model } from './screens/screen.ts';
import { insert, reduce } from './state.ts';
import { actionStage } from './state-actions.ts';
import { drillStage } from './state-drills.ts';
import { isEnabled, scopesOf } from './state-keys.ts';
import { logOf } from './state-logs.ts';
import { pruned } from './state-marks.ts';
import type { Leaving } from './terminal.ts';
import type { Theme } from './theme.ts';

export type AppProps = {
  readonly monitor: Pick<Monitor, 'store' | 'refresh' | 'sampleOnly'>;
  readonly readOnly: boolean;
  /** null: nothing can be broken from here. */
  readonly drills: Drills | null;
  /** null: there are none to open. */
  readonly logs: Logs | null;
  /** null: nothing can be changed from here. */
  readonly actions: Actions | null;
  readonly consoles: Consoles | null;
  readonly connections: Connections | null;
  readonly doctor: Doctor | null;
  readonly pace: Pace;
  readonly leaving: Leaving;
  readonly theme: Theme;
  readonly clock: Clock;
  /** Writes to the terminal what is not drawn. */
  readonly write: (sequence: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gives the terminal away for a turn. */
  readonly lend: Lending['lend'];
  readonly onQuit: () => void;
  readonly onFirstFrame: () => void;
};

/** The one component with state: keys become intents here and nowhere else, and every frame is drawn from one model. */
export function App(props: AppProps) {
  const { monitor, readOnly, drills, logs, leaving, theme, clock, pace, write, env, lend, onQuit, onFirstFrame } =
    props;
  const { actions, consoles, connections, doctor } = props;
  const { columns, rows } = useWindowSize();
  const [state, setState] = useState<UiState>({
    ...initialState,
    drills: drills !== null,
    logs: logs !== null,
    actions: actions !== null,
    doctor: doctor !== null,
    connections: connections !== null,
  });
  const [refreshing, setRefreshing] = useState(false);
  const latest = useRef(state);
  const view = useView(monitor.store, state.holding);
  useTick(clock, monitor.store);

  const progress = useProgress(drills, clock, state.layers.at(-1)?.kind === 'drill');
  const action = useActionProgress(actions);
  const waiting = useLeaving(leaving);
  const [, redraw] = useReducer((count: number) => count + 1, 0);

  const model: Omit<Model, 'state'> = {
    view,
    columns,
    rows,
    now: clock.now(),
    refreshing,
    readOnly,
    theme,
    drills: drills && {
      plans: () => (view === null ? [] : drills.plans(view)),
      progress,
      journal: drills.journal(),
    },
    leaving: waiting,
    logs: logs && { logs, look: state.logLook },
    actions: actions && { list: actions.list, progress: action },
    connections: connections?.list() ?? null,
    doctor,
  };
  const drawn = draw({ ...model, state });
  // What the keys act on. Keys that arrive in one burst each act on what the one before has left, drawn or not.
  const shown = useRef({ state, shown: drawn.shown });
  shown.current = { state, shown: drawn.shown };
  const shownNow = (): Shown => {
    if (shown.current.state !== latest.current) {
      const now = { ...model, logs: logs && { logs, look: latest.current.logLook }, state: latest.current };
      shown.current = { state: latest.current, shown: draw(now).shown };
    }
    // A drill or an action may have begun or ended since that was drawn.
    return {
      ...shown.current.shown,
      drill: drillStage(drills?.progress.get() ?? null),
      action: actionStage(actions?.progress.get() ?? null),
    };
  };

  const change = (wanted: UiState): void => {
    const next = logKeys.follow(latest.current, wanted);
    latest.current = next;
    pace.key(() => setState(latest.current));
  };

  const { store } = monitor;
  const effects = drillEffects({
    drills,
    store,
    state: () => latest.current,
    change,
    redraw,
    busy: () => actionRuns(actions),
  });

  const actionKeys = actionEffects({
    actions,
    view: () => view,
    store,
    state: () => latest.current,
    change,
    busy: () => drillRuns(drills),
  });
  const { suspendTerminal } = useApp();
  const consoleKeys = consoleEffects({
    consoles,
    connections,
    view: () => view,
    state: () => latest.current,
    change,
    write,
    env,
    lend: (during) => lend(suspendTerminal, during),
    redraw,
  });
  const doctorKeys = doctorEffects({ doctor });
  useDoctor(doctor, { store, clock, busy: () => (drillRuns(drills) ?? actionRuns(actions)) !== null, redraw });

  const logKeys = logEffects({
    logs,
    view: () => view,
    state: () => latest.current,
    change,
    now: clock.now,
    write,
    env,
  });

  // Lines of the moment that a log was opened for come bit by bit.
  const reachGoal = (): void => {
    if (latest.current.logGoal !== null) logKeys.reach(shownNow());
  };

  const perform = (intent: Intent): void => {
    if (intent.ui === 'accept' && effects.accept()) return;
    reachGoal();
    const before = latest.current;
    const chosen = intent.ui === 'accept' ? chosenIntent({ ...model, state: latest.current }) : null;
    const now = shownNow();
    if (logKeys.perform(intent, now) || actionKeys.perform(intent, now) || consoleKeys.perform(intent, now)) return;
    change(reduce(before, intent, now));
    effects.follow(before, latest.current, now.drill);
    actionKeys.follow(before, latest.current);
    doctorKeys.follow(before, latest.current);
    if (chosen !== null) perform(chosen);
    if (intent.ui === 'refresh') {
      doctorKeys.refresh(latest.current);
      setRefreshing(true);
      monitor.refresh().finally(() => setRefreshing(false));
    }
    // Once more from somebody who waits for a drill to be healed means: now. A second q does not.
    if (latest.current.ended && (!before.ended || intent.ui === 'quit-now')) onQuit();
  };

  useInput((input, key) => {
    for (const chord of chordsOf(input, key)) {
      const resolved = resolve(chord, scopesOf(latest.current), ({ intent }) => isEnabled(latest.current, intent));
      if (resolved === null) continue;
      if ('text' in resolved) change(insert(latest.current, resolved.text));
      else perform(resolved.binding.intent);
    }
  });
  // Pasted text is never keys: only where text is typed does it mean anything.
  usePaste((text) => {
    if (scopesOf(latest.current)[0] === 'text') change(insert(latest.current, clean(text)));
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the first frame has been drawn
  useEffect(() => {
    setImmediate(onFirstFrame);
  }, []);

  // What a drill has left is known when it is over; what an earlier run has left was looked at before the screen opened.
  const over = progress?.stage === 'done';
  // biome-ignore lint/correctness/useExhaustiveDependencies: at this moment, and no other
  useEffect(() => {
    if (over) effects.refresh();
  }, [over]);

  useEffect(actionKeys.settle);

  // Marks of rows that have gone mean nobody.
  useEffect(() => {
    const kept = view === null ? latest.current : pruned(latest.current, view);
    if (kept !== latest.current) change(kept);
  });

  useEffect(reachGoal);
  useLogFrames(logs, drawn.shown.log !== null, clock, pace);
  useSearchAnswer(logs, logOf(state)?.filter ?? '', () => {
    pace.key(() => {
      setState(latest.current);
      redraw();
    });
  });
  useSampling(monitor, view, drawn.shown.containers);
  return <Rows lines={drawn.lines} />;
}
