import type { Compose, ComposeProject } from '../engine/compose.ts';
import type { Run } from '../engine/run.ts';
import type { Access, ContainerDetails, Engine } from '../engine/types.ts';
import type { Report } from '../stack/report.ts';
import type { Snapshot } from '../stack/snapshot.ts';
import type { System } from '../stack/topology.ts';
import type { PatroniSettle } from './patroni-settle.ts';
import type { RedisSettle } from './redis-settle.ts';

/** What is seen of the stack at one moment. */
export type Seen = { readonly snapshot: Snapshot; readonly report: Report };

/** Whom an action is about: a container, a member with the container behind it, a cluster (no container), the stack. */
export type Target = {
  /** As people call it: service or container, member, system, or stack. */
  readonly name: string;
  readonly system: System | null;
  /** Name within its system, where it is a member. */
  readonly member: string | null;
  /** Name of its container. */
  readonly container: string | null;
};

/**
 * safe: nobody outside notices. disrupts: a member, or writes, stop for a while. destroys: data, a container, or what can't
 * be had back is gone; a person types the target's name.
 */
export type Danger = 'safe' | 'disrupts' | 'destroys';

/** Which rows of a menu it is offered on, and under which heading. */
export type Scope = 'container' | 'member' | 'cluster' | 'stack' | 'profile';

/** What has to be typed before the effect can be told. */
export type Ask = {
  /** `Setting and value`, `File`. */
  readonly what: string;
  /** Examples of it. */
  readonly hint: string;
  readonly initial: string;
};

/** One way to go on; the first is Enter's. Its id is the business of the action. */
export type Choice = { readonly id: string; readonly label: string };

export type DiffLine = { readonly sign: '+' | '-' | ' '; readonly text: string };

/** What would happen, as it is known just now. Two that are equal (by JSON) mean the same. */
export type Preview = {
  /** Sentences: who is concerned and what stops for how long. */
  readonly effects: readonly string[];
  /** The requests and commands that will be sent, word for word, without secrets. */
  readonly literal: readonly string[];
  /** What changes in a setting; empty where it is none. */
  readonly diff: readonly DiffLine[];
  /** Never empty. */
  readonly choices: readonly Choice[];
  /** Why it can't be done after all, a sentence; null: it can. */
  readonly refused: string | null;
};

/** What is known when an action is looked at. */
export type Given = {
  /** Never empty; more than one only where `many`. */
  readonly targets: readonly Target[];
  /** What was typed for `ask`; '' where nothing is asked. */
  readonly input: string;
  readonly seen: Seen;
  readonly means: ActionMeans;
};

export type Running = Given & {
  /** Id of the choice. */
  readonly choice: string;
  /** Tells a step as it begins or is done: `patroni2 restarted`. */
  readonly say: (text: string) => void;
  /** Aborted by the person: stop at the next safe moment, and say what was left undone. */
  readonly signal: AbortSignal;
};

/** Everything that changes the world, as data: menus, dialogs, keys, the headless commands and the timeline use the same. */
export type Action = {
  /** Dotted and unique: `container.restart`, `patroni.reinitialise`, `profile.minimal`. */
  readonly id: string;
  /** Two or three words. */
  readonly label: string;
  /** One sentence. */
  readonly does: string;
  readonly scope: Scope;
  /** Of members and clusters: whose; null: everybody's. */
  readonly system: System | null;
  readonly danger: Danger;
  /** Does several marked targets in one go. */
  readonly many: boolean;
  readonly ask: Ask | null;
  /** Of a profile: its services. */
  readonly services?: readonly string[];
  /** Why not now, by what is seen: a sentence's end as in "not now: …"; null: it can be done. Cheap and pure. */
  unavailable(target: Target, seen: Seen): string | null;
  /** Looks closer, changes nothing. @throws StackError */
  preview(given: Given): Promise<Preview>;
  /** Does it, each step awaited by its condition; resolves with a sentence of what came of it. @throws StackError */
  run(running: Running): Promise<string>;
};

/** What a change that was cut short has left behind, and how it is put right: kept in the fault journal. */
export type ActionUndo = RedisSettle | PatroniSettle;

/** What actions work with; connected when first asked for. */
export type ActionMeans = {
  readonly engine: Engine;
  readonly env: NodeJS.ProcessEnv;
  /** Compose project, or stack, that is meant. */
  readonly project: string;
  /** Members and the ways to them, surveyed anew at each call. */
  readonly access: () => Promise<readonly Access[]>;
  /** Containers of the project, running or not. */
  readonly containers: () => Promise<readonly ContainerDetails[]>;
  /** What was seen last. */
  readonly seen: () => Seen | null;
  /** Resolves with the first that fulfils it. @throws StackError `timeout`, which says `what` was waited for */
  readonly until: (
    fulfilled: (seen: Seen) => boolean,
    patience: { readonly deadlineMs: number; readonly what: string; readonly signal?: AbortSignal },
  ) => Promise<Seen>;
  /** The compose file behind the containers, and Compose on it. @throws StackError `precondition`: why there is none */
  readonly compose: () => Promise<ComposeMeans>;
  /** `docker` or `podman`, told which engine. */
  readonly cli: Run;
  /** What stands in the journal, a sentence each: what somebody is changing just now, and what was left behind. */
  readonly unsettled: () => Promise<readonly string[]>;
  /**
   * Puts right what an earlier change has left behind, which could not be at the time: a member did not answer. Before
   * anything is changed for a while, or as it is now would be taken for as it was. @throws StackError where it can't be yet
   */
  readonly settle: () => Promise<void>;
  /**
   * Writes down how to put right what is about to be changed for a while; the next start of paws-top does it should this
   * process die. Resolves with what takes that back out again, or leaves it
   * there for `settle` where it could not be put back.
   */
  readonly keep: (
    what: string,
    undo: readonly ActionUndo[],
  ) => Promise<(how?: { readonly left: boolean }) => Promise<void>>;
};

export type ComposeMeans = {
  readonly project: ComposeProject;
  /** Compose with these profiles switched on. */
  readonly with: (profiles: readonly string[]) => Compose;
};

/** A running or finished action. */
export type ActionProgress = {
  readonly action: Pick<Action, 'id' | 'label' | 'danger'>;
  readonly targets: readonly Target[];
  readonly literal: readonly string[];
  /** Epoch ms. */
  readonly startedAt: number;
  readonly steps: readonly { readonly at: number; readonly text: string }[];
  readonly stage: 'running' | 'stopping' | 'done' | 'failed';
  /** Set when it has ended. */
  readonly endedAt: number | null;
  /** What came of it, or why not. */
  readonly result: string | null;
  /** Set when nothing was started, since this is what would happen now, and not what the person was shown. */
  readonly fresh?: Preview;
};

/** What the screen drives. One action at a time. */
export type Actions = {
  /** Every action there is; with those of the compose file's profiles once `refresh` has read it. */
  list(): readonly Action[];
  refresh(): Promise<void>;
  /** @throws StackError */
  preview(action: Action, targets: readonly Target[], input: string, seen: Seen): Promise<Preview>;
  readonly progress: { get(): ActionProgress | null; subscribe(listener: () => void): () => void };
  /** @throws StackError when one is running */
  start(
    action: Action,
    how: {
      readonly targets: readonly Target[];
      readonly input: string;
      readonly choice: string;
      readonly preview: Preview;
    },
  ): void;
  /** Asks it to stop at the next safe moment; resolves when it has ended. */
  stop(): Promise<void>;
  /** Forgets one that has ended. */
  dismiss(): void;
};
