import { useEffect, useReducer } from 'react';
import type { ActionProgress, Actions } from '../../actions/types.ts';

/** The action that runs or has ended, drawn anew with each step; its seconds go on with the rest of the screen. */
export function useActionProgress(actions: Actions | null): ActionProgress | null {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => actions?.progress.subscribe(draw), [actions]);
  return actions?.progress.get() ?? null;
}
