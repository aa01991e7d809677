import { useEffect, useEffectEvent, useReducer } from 'react';
import type { Logs } from '../../logs/types.ts';
import type { Pace } from '../pace.ts';
import type { Clock } from './use-view.ts';

/** Lines that nobody sees are put into their places too, or they would pile up in front of them. */
const unseenMs = 1_000;

/**
 * Draws anew when lines have come, as often as the pace allows; without any there are no timers and no frames. While the
 * log is not what shows (not `active`), lines are settled once a second and nothing is drawn.
 */
export function useLogFrames(logs: Logs | null, active: boolean, clock: Clock, pace: Pace): void {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    if (logs === null) return;
    let asked = false;
    let forget = () => {};
    const frame = (): void => {
      asked = false;
      if (logs.settle() && active) draw();
    };
    const look = (): void => {
      if (asked) return;
      asked = true;
      forget = active ? pace.next(frame) : clock.after(unseenMs, frame);
    };
    const close = active ? pace.open() : () => {};
    const unsubscribe = logs.subscribe(look);
    // What came before anybody listened.
    look();
    return () => {
      unsubscribe();
      forget();
      close();
    };
  }, [logs, active, clock, pace]);
}

/** Draws the answer to a search as soon as it is there: who types must not wait for the next frame of a flood. '' is none. */
export function useSearchAnswer(logs: Logs | null, pattern: string, draw: () => void): void {
  const answered = useEffectEvent(draw);
  useEffect(() => {
    if (logs === null || pattern === '') return;
    const end = logs.finder.subscribe(() => {
      if (logs.finder.state?.caughtUp !== true) return;
      end();
      answered();
    });
    return end;
  }, [logs, pattern]);
}
