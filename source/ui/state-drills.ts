import type { DrillPlan, DrillProgress } from '../drills/types.ts';
import { list } from '../stack/format.ts';
import {
  type ConfirmTrouble,
  clamp,
  closeTop,
  type Layer,
  layered,
  replaceTop,
  type Shown,
  type UiState,
} from './layers.ts';

type Confirm = Extract<Layer, { kind: 'confirm' }>;

/** Whether a drill runs, or is done and not yet dismissed. */
export const drillStage = (progress: DrillProgress | null): Shown['drill'] =>
  progress === null ? null : progress.stage === 'done' ? 'done' : 'running';

/** `!`: what runs, or has just run, else the menu; once more closes it. */
export function breakPressed(state: UiState, shown: Shown): UiState {
  const top = state.layers.at(-1)?.kind;
  if (shown.drill === null) return layered(without(state, top), { kind: 'drills', drill: null, filter: '' });
  if (top === 'drill') return closeDrill(state, shown);
  return layered(without(state, top), { kind: 'drill', top: null });
}

/** Layers of drills do not pile up. */
function without(state: UiState, top: Layer['kind'] | undefined): UiState {
  const kinds: readonly Layer['kind'][] = ['drills', 'confirm', 'drill'];
  return { ...state, layers: state.layers.filter(({ kind }) => kind === top || !kinds.includes(kind)) };
}

export const healPressed = (state: UiState): UiState => layered(state, { kind: 'heal', stage: 'asking', said: [] });

/** Closes the view of a drill; one that is done has been read, and the menu comes next. */
export const closeDrill = (state: UiState, shown: Shown): UiState =>
  shown.drill === 'done' ? replaceTop(state, { kind: 'drills', drill: null, filter: '' }) : closeTop(state);

/** The drill that is selected in the menu. */
export const selectedPlan = (drill: string | null, plans: readonly DrillPlan[]): DrillPlan | undefined =>
  plans.find((plan) => plan.drill.id === drill) ?? plans[0];

/** Asks before the selected drill is started. */
export function choose(state: UiState, shown: Shown): UiState {
  const top = state.layers.at(-1);
  const plan = top?.kind === 'drills' ? selectedPlan(top.drill, shown.plans) : undefined;
  return plan === undefined ? state : layered(state, { kind: 'confirm', plan, typed: '', trouble: null });
}

/** Moves in a layer of drills; null: it is none. */
export function movedInDrills(state: UiState, by: number, shown: Shown): UiState | null {
  const top = state.layers.at(-1);
  if (top?.kind === 'drills') {
    const picked = selectedPlan(top.drill, shown.plans);
    const at = picked === undefined ? 0 : shown.plans.indexOf(picked);
    const drill = shown.plans[clamp(at + by, shown.plans.length - 1)]?.drill.id ?? top.drill;
    return replaceTop(state, { ...top, drill });
  }
  if (top?.kind !== 'drill')
    return top?.kind === 'confirm' || top?.kind === 'heal' || top?.kind === 'leave' ? state : null;
  const last = Math.max(0, shown.lines - shown.page);
  const to = clamp((top.top ?? 0) + by, last);
  return replaceTop(state, { ...top, top: to === 0 ? null : to });
}

/**
 * What Enter in the confirm dialog leads to, with the plan made anew from what is seen now: the drill to start, or the
 * dialog again with what is wrong. A role that moved comes first, since then the text was typed for somebody else.
 */
export function confirmed(state: UiState, now: DrillPlan | undefined): { state: UiState; start: DrillPlan | null } {
  const top = state.layers.at(-1);
  if (top?.kind !== 'confirm') return { state, start: null };
  if (now === undefined)
    return { state: troubled(state, top, { kind: 'refused', text: 'the stack is not seen now' }), start: null };
  if (targetIds(now) !== targetIds(top.plan)) {
    const moved = { ...top, plan: now, typed: '', trouble: { kind: 'moved', from: targetNames(top.plan) } } as const;
    return { state: replaceTop(state, moved), start: null };
  }
  if (now.missing.length > 0) return { state: replaceTop(state, { ...top, plan: now, trouble: null }), start: null };
  if (top.typed.trim() !== now.confirm) {
    return { state: troubled(state, { ...top, plan: now }, { kind: 'wrong' }), start: null };
  }
  return { state: layered(without(state, undefined), { kind: 'drill', top: null }), start: now };
}

/** The dialog with why the drill did not start. */
export function refused(state: UiState, text: string): UiState {
  const top = state.layers.at(-1);
  return top?.kind === 'confirm' ? troubled(state, top, { kind: 'refused', text }) : state;
}

const troubled = (state: UiState, layer: Confirm, trouble: ConfirmTrouble): UiState =>
  replaceTop(state, { ...layer, trouble });

const targetIds = ({ breaks }: DrillPlan): string =>
  breaks.map(({ targets }) => targets.map(({ name, containerId }) => `${name} ${containerId}`).join()).join(';');

/** Everybody a plan is about, each once: `patroni2`, `etcd1, patroni2 and redis3`. */
export const targetNames = ({ breaks }: DrillPlan): string =>
  list([...new Set(breaks.flatMap(({ targets }) => targets.map(({ name }) => name)))]);

/** The heal dialog's next stage; nothing where it has been closed meanwhile. */
export function healed(state: UiState, stage: 'healing' | 'done', said: readonly string[]): UiState {
  return {
    ...state,
    layers: state.layers.map((layer) => (layer.kind === 'heal' ? { ...layer, stage, said } : layer)),
  };
}
