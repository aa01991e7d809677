import { useInput, usePaste, useWindowSize } from 'ink';
import { useEffect, useRef, useState } from 'react';
import { chordsOf } from '../keys/chord.ts';
import { resolve } from '../keys/resolve.ts';
import type { Intent } from '../keys/types.ts';
import type { Monitor } from '../monitor/types.ts';
import { useSampling } from './hooks/use-sampling.ts';
import { type Clock, useTick, useView } from './hooks/use-view.ts';
import { Rows } from './parts/Rows.tsx';
import { clean } from './parts/text.ts';
import { draw } from './screens/draw.ts';
import { chosenIntent } from './screens/menu.ts';
import { initialState, insert, isEnabled, reduce, type Shown, scopesOf, type UiState } from './state.ts';
import type { Theme } from './theme.ts';

export type AppProps = {
  readonly monitor: Pick<Monitor, 'store' | 'refresh' | 'sampleOnly'>;
  readonly readOnly: boolean;
  readonly theme: Theme;
  readonly clock: Clock;
  readonly onQuit: () => void;
  readonly onFirstFrame: () => void;
};

/** The one component with state: keys become intents here and nowhere else, and every frame is drawn from one model. */
export function App({ monitor, readOnly, theme, clock, onQuit, onFirstFrame }: AppProps) {
  const { columns, rows } = useWindowSize();
  const [state, setState] = useState<UiState>(initialState);
  const [refreshing, setRefreshing] = useState(false);
  const latest = useRef(state);
  const view = useView(monitor.store, state.holding);
  useTick(clock, monitor.store);

  const model = { view, columns, rows, now: clock.now(), refreshing, readOnly, theme };
  const drawn = draw({ ...model, state });
  // What the keys act on. Keys that arrive in one burst each act on what the one before has left, drawn or not.
  const shown = useRef({ state, shown: drawn.shown });
  shown.current = { state, shown: drawn.shown };
  const shownNow = (): Shown => {
    if (shown.current.state !== latest.current) {
      shown.current = { state: latest.current, shown: draw({ ...model, state: latest.current }).shown };
    }
    return shown.current.shown;
  };

  const change = (next: UiState): void => {
    latest.current = next;
    setState(next);
  };

  const perform = (intent: Intent): void => {
    const chosen = intent.ui === 'accept' ? chosenIntent(latest.current) : null;
    change(reduce(latest.current, intent, shownNow()));
    if (chosen !== null) perform(chosen);
    if (intent.ui === 'refresh') {
      setRefreshing(true);
      monitor.refresh().finally(() => setRefreshing(false));
    }
    if (latest.current.ended) onQuit();
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

  useSampling(monitor, view, drawn.shown.containers);
  return <Rows lines={drawn.lines} />;
}
