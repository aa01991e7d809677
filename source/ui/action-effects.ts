import { refusal } from '../actions/preview.ts';
import type { Actions, Seen } from '../actions/types.ts';
import type { Intent } from '../keys/types.ts';
import type { Store, View } from '../monitor/types.ts';
import { toProblem } from '../stack/errors.ts';
import { engineGone, offerOf } from './action-offers.ts';
import type { ActionDialog, Offer } from './action-types.ts';
import { replaceTop, type Shown, type UiState } from './layers.ts';
import {
  actionStage,
  askedAnew,
  askedFor,
  chosen,
  dialogOpened,
  pressedForActions,
  profilesRead,
  started,
  withDialog,
} from './state-actions.ts';
import { subjectsOf } from './state-subject.ts';

type Surroundings = {
  readonly actions: Actions | null;
  /** What the screen shows. */
  readonly view: () => View | null;
  /** What was seen last, whatever the screen holds. */
  readonly store: Pick<Store, 'get'>;
  readonly state: () => UiState;
  readonly change: (next: UiState) => void;
  /** Why nothing may be changed now, a sentence: a drill runs. */
  readonly busy: () => string | null;
};

/** Why no drill may begin: an action is under way. */
export function actionRuns(actions: Pick<Actions, 'progress'> | null): string | null {
  const progress = actions?.progress.get() ?? null;
  return progress === null || actionStage(progress) !== 'running'
    ? null
    : `"${progress.action.label}" runs: x shows it, and S there stops it`;
}

/** What came of an action that was asked to stop since somebody left, for the shell they are back in; null: there is none. */
export function leftText(actions: Pick<Actions, 'progress'> | null): string | null {
  const progress = actions?.progress.get() ?? null;
  if (progress === null) return null;
  const { action, endedAt, result } = progress;
  if (endedAt === null) return `${action.label} was ended halfway: \`paws-top status\` says how the stack is`;
  return `${action.label}: ${result ?? 'done'}`;
}

/** What the keys of actions do to the world; what they do to the screen is the reducer's business. */
export function actionEffects({ actions, view, store, state, change, busy }: Surroundings) {
  const follow = (known: Actions, before: UiState, after: UiState): void => {
    const watched = ({ layers }: UiState) => layers.some(({ kind }) => kind === 'action-progress');
    // A result that was left has been read.
    if (watched(before) && !watched(after) && actionStage(known.progress.get()) === 'ended') known.dismiss();
    const [from, to] = [before.layers.at(-1), after.layers.at(-1)];
    const menu = to?.kind === 'actions' && to.of === 'profiles';
    // Without the profiles of the compose file the rest is still there. To the palette those read once are good enough.
    if (from?.kind !== to?.kind && (menu || (to?.kind === 'palette' && !hasProfiles(known)))) {
      known.refresh().then(
        () => change(profilesRead(state(), null)),
        (error: unknown) => change(profilesRead(state(), toProblem(error).message)),
      );
    }
  };
  const go = (known: Actions, next: UiState): void => {
    const before = state();
    change(next);
    follow(known, before, next);
  };

  /** Looks what would happen; the answer goes into the dialog, should that still be open. */
  const look = (known: Actions, about: About): void => {
    const seen = store.get();
    const looking =
      seen === null
        ? Promise.resolve(refusal('the stack is not seen now'))
        : known
            .preview(about.action, about.targets, about.input, seen)
            .catch((error: unknown) => refusal(toProblem(error).message));
    void looking.then((preview) => change(withDialog(state(), about, { preview })));
  };

  const dialog = (known: Actions, about: About): void => {
    const why = actionRuns(known) ?? busy();
    go(known, dialogOpened(state(), about, why === null ? null : refusal(why)));
    if (why === null) look(known, about);
  };

  const open = (known: Actions, { action, targets, why, without }: Offer): void => {
    const left = without.map(({ target, why: reason }) => `Not ${target.name}: ${reason}.`);
    const about = { action, targets: [...targets], input: '', left };
    if (why !== null) go(known, dialogOpened(state(), about, refusal(why)));
    else if (action.ask !== null) go(known, askedFor(state(), action, targets));
    else dialog(known, about);
  };

  /** The first of these that can be done to whom is meant, else why the first of them can't. */
  const act = (known: Actions, intent: Extract<Intent, { ui: 'act' }>, shown: Shown): void => {
    const seen: Seen | null = store.get();
    if (seen === null) return;
    const subjects = intent.on ?? subjectsOf(state(), shown, view());
    const offers = intent.actions.flatMap((id) => {
      const action = known.list().find((one) => one.id === id);
      return action === undefined ? [] : (offerOf(action, subjects, seen) ?? []);
    });
    const offer = offers.find(({ why }) => why === null) ?? offers[0];
    if (offer !== undefined) open(known, offer);
  };

  const confirm = (known: Actions, top: ActionDialog): void => {
    const next = chosen(state(), top);
    if (next.choice === null || top.preview === null) {
      go(known, next.state);
      return;
    }
    const seen = store.get();
    const why = busy() ?? (seen === null ? null : engineGone(seen));
    if (why !== null) {
      change(withDialog(state(), top, { trouble: why }));
      return;
    }
    try {
      const { action, targets, input, preview } = top;
      known.start(action, { targets, input, choice: next.choice, preview });
      go(known, started(state(), top));
    } catch (error) {
      change(withDialog(state(), top, { trouble: toProblem(error).message }));
    }
  };

  const accept = (known: Actions, shown: Shown): boolean => {
    const top = state().layers.at(-1);
    if (top?.kind === 'actions') {
      const offer = shown.offers[top.index];
      if (offer !== undefined) open(known, offer);
    } else if (top?.kind === 'action-ask') {
      const input = top.typed.trim();
      const { action, targets } = top;
      if (input === '') change(replaceTop(state(), { ...top, trouble: 'nothing was typed' }));
      else dialog(known, { action, targets: [...targets], input, left: [] });
    } else if (top?.kind === 'action') confirm(known, top);
    else return false;
    return true;
  };

  return {
    /** true: the intent is dealt with. */
    perform(intent: Intent, shown: Shown): boolean {
      if (actions === null) return false;
      switch (intent.ui) {
        case 'actions':
        case 'profiles': {
          const of = intent.ui === 'actions' ? 'selection' : 'profiles';
          const subjects = of === 'selection' ? subjectsOf(state(), shown, view()) : [];
          const note = of === 'profiles' && !hasProfiles(actions) ? readingText : null;
          go(actions, pressedForActions(state(), of, subjects, actionStage(actions.progress.get()), note));
          return true;
        }
        case 'act':
          act(actions, intent, shown);
          return true;
        case 'action-stop':
          // How it ends is told by its progress.
          actions.stop().catch(() => {});
          return true;
        case 'accept':
          return accept(actions, shown);
        default:
          return false;
      }
    },
    /** What has to follow a step of the action: one that was not started, since things have moved, is asked for anew. */
    settle(): void {
      const fresh = actions?.progress.get()?.fresh;
      if (fresh === undefined || !state().layers.some((layer) => layer.kind === 'action-progress' && layer.from))
        return;
      change(askedAnew(state(), fresh));
      actions?.dismiss();
    },
    /** What has to follow a change of layers: a result that was left is forgotten, profiles are read where they show. */
    follow(before: UiState, after: UiState): void {
      if (actions !== null) follow(actions, before, after);
    },
  };
}

const hasProfiles = (actions: Actions): boolean => actions.list().some(({ scope }) => scope === 'profile');
const readingText = 'reading the profiles of the compose file …';

type About = Pick<ActionDialog, 'action' | 'targets' | 'input' | 'left'>;
