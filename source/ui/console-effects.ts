import type { Connection, Connections, ConsoleKind, Consoles, FoundConsole } from '../actions/console-types.ts';
import type { Target } from '../actions/types.ts';
import type { Intent } from '../keys/types.ts';
import type { View } from '../monitor/types.ts';
import { toProblem } from '../stack/errors.ts';
import type { Shown, UiState } from './layers.ts';
import type { Turn } from './lend-terminal.ts';
import { setClipboard } from './log-clipboard.ts';
import { copied, noted, unnoted } from './state-connections.ts';
import { placeOf, subjectsOf } from './state-subject.ts';

type Surroundings = {
  readonly consoles: Consoles | null;
  readonly connections: Connections | null;
  readonly view: () => View | null;
  readonly state: () => UiState;
  readonly change: (next: UiState) => void;
  readonly write: (sequence: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gives the terminal away for a turn; the screen comes back whole. */
  readonly lend: (during: (turn: Turn) => Promise<void>) => Promise<void>;
  readonly redraw: () => void;
};

/** Whether one is being opened or open. Kept beside the component, which makes its effects anew for every frame. */
const busy = new WeakSet<Consoles>();

/** What the keys of consoles and connection strings do to the world. */
export function consoleEffects(surroundings: Surroundings) {
  const { consoles, connections, view, state, change, write, env, lend, redraw } = surroundings;

  const say = (text: string): void => change(noted(state(), text));

  const open = async (known: Consoles, kind: ConsoleKind, subject: Target): Promise<void> => {
    if (busy.has(known)) return;
    busy.add(known);
    change(unnoted(state()));
    try {
      const found = await known.find(kind, subject);
      await lend(async (turn) => {
        const said = await turnOf(found, turn);
        if (said !== null) say(said);
        // The next one may be asked for while the screen is still being drawn.
        busy.delete(known);
      });
    } catch (error) {
      say(toProblem(error).message);
    } finally {
      busy.delete(known);
    }
  };

  const refresh = (known: Connections): void => {
    known.refresh().then(redraw, (error: unknown) => change(copied(state(), toProblem(error).message)));
  };

  const copy = ({ title, secret, shown }: Connection): void => {
    void setClipboard(secret, env, write);
    const and = secret === shown ? '' : ', with its password,';
    change(copied(state(), `copied ${title}${and} to the terminal's clipboard`));
  };

  return {
    /** true: the intent is dealt with. */
    perform(intent: Intent, shown: Shown): boolean {
      const top = state().layers.at(-1);
      if (intent.ui === 'console') {
        if (consoles === null) return false;
        const [subject] = subjectsOf(state(), shown, view());
        const fromContainers = placeOf(state(), shown)?.pane === 'containers' && top?.kind !== 'log';
        const kind = intent.of === 'client' && fromContainers ? 'cluster' : intent.of;
        if (subject === undefined) change(noted(state(), 'nothing is selected that a console could be opened in'));
        else void open(consoles, kind, subject);
        return true;
      }
      if (connections === null) return false;
      // Opening it is the reducer's business.
      if (intent.ui === 'connections' && top?.kind !== 'connections') refresh(connections);
      if (top?.kind !== 'connections' || (intent.ui !== 'accept' && intent.ui !== 'copy')) return false;
      const list = connections.list();
      const chosen = list[Math.min(top.index, list.length - 1)];
      if (chosen !== undefined) copy(chosen);
      return true;
    },
  };
}

/** A console's turn in the terminal. Resolves with a sentence of how it ended, null where it ended as it should. */
async function turnOf({ title, leave, run }: FoundConsole, { signal, print, entered }: Turn): Promise<string | null> {
  print(`\n${title}${leave === '' ? '' : `; ${leave} returns to paws-top`}\n`);
  const { said, unread } = await run(signal);
  if (unread && !signal.aborted) {
    print(`\n${said === null ? '' : `${said}. `}Enter returns to paws-top `);
    await entered();
  }
  return said;
}
