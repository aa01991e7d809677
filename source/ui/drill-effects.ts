import type { Drills } from '../drills/types.ts';
import type { Store } from '../monitor/types.ts';
import { toProblem } from '../stack/errors.ts';
import type { Shown, UiState } from './layers.ts';
import { confirmed, drillStage, healed, refused } from './state-drills.ts';

type Surroundings = {
  readonly drills: Drills | null;
  readonly store: Store;
  readonly state: () => UiState;
  readonly change: (next: UiState) => void;
  /** Draws what the drills know now. */
  readonly redraw: () => void;
  /** Why no drill may begin now, a sentence: something else changes the stack. */
  readonly busy: () => string | null;
};

/** Whether a drill is under way. */
export const runs = (drills: Pick<Drills, 'progress'> | null): boolean =>
  drillStage(drills?.progress.get() ?? null) === 'running';

/** Why nothing else may change the stack: a drill is under way. */
export const drillRuns = (drills: Pick<Drills, 'progress'> | null): string | null =>
  runs(drills)
    ? `the drill ${drills?.progress.get()?.plan.drill.id} runs: wait until it is healed, or H heals it now`
    : null;

/** What the keys of drills do to the world; what they do to the screen is the reducer's business. */
export function drillEffects({ drills, store, state, change, redraw, busy }: Surroundings) {
  const refresh = (): void => {
    // What can't be looked at is said where it is needed: as what a plan is missing.
    drills
      ?.refresh()
      .catch(() => {})
      .finally(redraw);
  };

  /** From the newest view, whatever the screen holds: roles may have moved since the dialog was opened. */
  const start = (known: Drills, id: string): void => {
    const seen = store.get();
    const plan = seen === null ? undefined : known.plans(seen).find(({ drill }) => drill.id === id);
    const next = confirmed(state(), plan);
    const why = next.start === null ? null : busy();
    if (why !== null) {
      change(refused(state(), why));
      return;
    }
    try {
      if (next.start !== null) known.start(next.start);
      change(next.state);
    } catch (error) {
      change(refused(state(), toProblem(error).message));
    }
  };

  const heal = (known: Drills): void => {
    change(healed(state(), 'healing', []));
    const id = runs(known) ? (known.progress.get()?.plan.drill.id ?? null) : null;
    const healing = async () => {
      if (id !== null) await known.stop();
      const said = await known.heal();
      return id === null ? said : [`The drill ${id} was ended and healed.`, ...said];
    };
    healing()
      .catch((error: unknown) => [toProblem(error).message])
      .then((said) => change(healed(state(), 'done', said)))
      .finally(refresh);
  };

  return {
    refresh,
    /** Enter in a dialog of drills; false: it is none that does something. */
    accept(): boolean {
      const top = state().layers.at(-1);
      if (drills === null) return false;
      if (top?.kind === 'confirm') start(drills, top.plan.drill.id);
      else if (top?.kind === 'heal' && top.stage === 'asking') heal(drills);
      else return false;
      return true;
    },
    /** What has to follow a change of layers: menu and dialog look again, a result that was left is forgotten. */
    follow(before: UiState, after: UiState, drill: Shown['drill']): void {
      const [from, to] = [before.layers.at(-1)?.kind, after.layers.at(-1)?.kind];
      if (from === to) return;
      if (from === 'drill' && to === 'drills' && drill === 'done') drills?.dismiss();
      if (to === 'drills' || to === 'heal') refresh();
    },
  };
}
