import type { ActionUndo } from '../actions/types.ts';
import type { Access, Engine, NetworkSettings } from '../engine/types.ts';
import type { Report } from '../stack/report.ts';
import type { Snapshot } from '../stack/snapshot.ts';
import type { System } from '../stack/topology.ts';

import type { DrillProgress } from './report-types.ts';

export type * from './ledger-types.ts';
export type * from './report-types.ts';

/** The systems that take writes, and therefore have a ledger. */
export const measuredSystems = ['patroni', 'redis', 'etcd'] as const;
export type Measured = (typeof measuredSystems)[number];

/** What can be done to a member, as data. Sizes in kbit/s, times in ms, shares in percent. */
export type Fault =
  | { readonly kind: 'kill' | 'stop' | 'pause' | 'restart' }
  /** The postgres process inside the container, not the container. */
  | { readonly kind: 'crash' }
  /** Firewall rules in the member's network namespace cut it from these members (`all`: of the stack); the host's way stays. */
  | { readonly kind: 'partition'; readonly from: 'all' | readonly System[] }
  /** Taken off its networks: nobody reaches it. */
  | { readonly kind: 'isolate' }
  | { readonly kind: 'delay'; readonly ms: number; readonly jitterMs: number }
  | { readonly kind: 'loss'; readonly percent: number }
  | { readonly kind: 'rate'; readonly kbit: number }
  | {
      readonly kind:
        | 'patroni-switchover'
        | 'patroni-failover'
        | 'sentinel-failover'
        | 'redis-switchover'
        | 'etcd-move-leader';
    };
export type FaultKind = Fault['kind'];

/** Who is meant, by the role at that moment. `any` is the first by name; or a member's name. */
export const selectors = [
  'patroni.leader',
  'patroni.sync_standby',
  'patroni.replica',
  'redis.master',
  'redis.replica',
  'sentinel.any',
  'etcd.leader',
  'etcd.follower',
  'etcd.majority',
] as const;
export type Selector = (typeof selectors)[number] | { readonly member: string };

/** `afterMs`: so long after the first; left out: at once. */
export type Break = { readonly fault: Fault; readonly target: Selector; readonly afterMs?: number };

/**
 * What a drill holds a system to.
 * change: who writes afterwards. loss: `none` where it is promised, `as-configured`: the durability decides, and the number
 * is told. outage: `expected`, or `none` (at most a few writes late), or `until-healed` (the point of the drill).
 */
export type Expectation = {
  readonly targetMs: number;
  readonly change: 'new-leader' | 'same-leader' | 'either';
  readonly loss: 'none' | 'as-configured';
  readonly outage: 'expected' | 'none' | 'until-healed';
};

export type Drill = {
  readonly id: string;
  /** Two or three words. */
  readonly label: string;
  /** One sentence: what it does to whom. */
  readonly does: string;
  readonly breaks: readonly Break[];
  readonly expects: Readonly<Partial<Record<Measured, Expectation>>>;
  /**
   * When it is mended: `recovered` (writable again, or the predicted maximum has passed), or after so many ms. `none`: there
   * is nothing to mend.
   */
  readonly hold: 'recovered' | 'none' | { readonly ms: number };
  /** Goes past the tolerance on purpose. */
  readonly beyondTolerance: boolean;
};

export type Target = {
  readonly name: string;
  readonly system: System;
  /** Name and id of the container. */
  readonly container: string;
  readonly containerId: string;
};

export type Prediction = {
  /** From the injection to the first write that lasts; 0 and 0: writes go on. */
  readonly minMs: number;
  readonly maxMs: number;
  /** The formula's own upper bound; maxMs is at most 1.5 times that. */
  readonly boundMs: number;
  /** In words, with the figures it was made of. */
  readonly why: string;
};

/** A drill against the stack as it is now: who, what is predicted, and what stands in the way. */
export type DrillPlan = {
  readonly drill: Drill;
  readonly breaks: readonly { readonly fault: Fault; readonly targets: readonly Target[]; readonly afterMs?: number }[];
  readonly predictions: Readonly<Partial<Record<Measured, Prediction>>>;
  /** Members that may still be lost at once, by system. */
  readonly tolerance: Readonly<Partial<Record<System, number>>>;
  /** Sentences; empty: it can be run. */
  readonly missing: readonly string[];
  /** What a person types to confirm: the target's name; the drill's id when there are several; the host's on a remote engine. */
  readonly confirm: string;
};

/** What planning knows beside the snapshot. */
export type Facts = {
  readonly etcdElectionMs: number;
  /** null: not looked at yet. */
  readonly netem: boolean | null;
  /** Host of an engine that is not this machine's; null: local. */
  readonly remote: string | null;
  /** Faults in the journal that no living process answers for. */
  readonly journal: readonly JournalEntry[];
  /** Who breaks this stack just now, by the journal. */
  readonly running?: { readonly pid: number; readonly drill: string } | null;
  /** What is left of the lease behind Patroni's leader key; null: not asked. */
  readonly leaseLeftMs: number | null;
};

/** What mends a fault, as data: safe to do twice, and safe to do when the fault never came about. */
export type Undo =
  | { readonly op: 'start' | 'unpause'; readonly container: string; readonly name: string }
  | {
      readonly op: 'connect';
      readonly container: string;
      readonly name: string;
      readonly networks: readonly NetworkSettings[];
    }
  /** Our firewall chain and queue in the container's network namespace. */
  | { readonly op: 'clear-network'; readonly container: string; readonly name: string }
  /** What a planned Redis switchover, or a change of profile, changes for a while. */
  | ActionUndo
  | { readonly op: 'clean-ledger'; readonly name: string; readonly system: Measured; readonly run: string };

/** One file in the journal, on the disk before the fault is injected. Times are epoch ms. No secrets. */
export type JournalEntry = {
  readonly schema: 1;
  readonly id: string;
  readonly project: string;
  /** As given to connect: null means the usual search. */
  readonly host: string | null;
  /** Engine.address: on another engine the containers only seem to be gone. */
  readonly engine?: string;
  readonly drill: string;
  /** `pause of patroni2`. */
  readonly what: string;
  readonly createdAt: number;
  /** When the dead-man undoes it. */
  readonly deadlineAt: number;
  readonly undo: readonly Undo[];
  /** The process that will undo it as long as it lives. `startedAt`: its start time, so that a reused pid is not it. */
  readonly owner: { readonly pid: number; readonly startedAt: string };
};

/** The stack as seen by a monitor that asks faster than the screen's. */
export type Watch = {
  /** null: nothing yet. */
  latest(): Seen | null;
  /** Resolves as soon as what is seen fulfils it; null when it has not within the deadline. Rejects when aborted. */
  until(fulfilled: (seen: Seen) => boolean, deadlineMs: number, signal?: AbortSignal): Promise<Seen | null>;
  /** Asks everybody now. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
};
export type Seen = { readonly snapshot: Snapshot; readonly report: Report };

/** Everything a drill works with. */
export type Ground = {
  readonly engine: Engine;
  /** Members and the ways to them, surveyed anew at each call. */
  readonly survey: () => Promise<readonly Access[]>;
  /** Stopped with the drill that opened it. */
  readonly openWatch: () => Promise<Watch>;
  readonly project: string;
  readonly host: string | null;
  readonly env: NodeJS.ProcessEnv;
};

/** What the screen and the command drive. One drill at a time. */
export type Drills = {
  /** Every drill against what is seen; cheap. `refresh` looks at the journal and the engine again. */
  plans(seen: Seen): readonly DrillPlan[];
  refresh(): Promise<void>;
  readonly progress: {
    get(): DrillProgress | null;
    subscribe(listener: () => void): () => void;
  };
  /** Starts it; what comes of it is in `progress`. Roles are read again first. @throws StackError when one is running */
  start(plan: DrillPlan): void;
  /** Heals and ends the running drill; resolves when that is done. */
  stop(): Promise<void>;
  /** Forgets a drill that is done. */
  dismiss(): void;
  /** Faults in the journal that no living process answers for, as of the last `refresh`; without those of a drill that runs here. */
  journal(): readonly JournalEntry[];
  /** Undoes what is in the journal; the sentences of what was done. */
  heal(): Promise<readonly string[]>;
};
