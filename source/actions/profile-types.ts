import type { System } from '../stack/topology.ts';

/** What is done to whom, in order. Each is awaited by its condition before the next begins. */
export type ProfileStep = {
  readonly kind: /** Compose starts these services; those of the profile that come, or absent ones without whom nobody may lead. */
    | 'start'
    /** The staying Patroni member is made sync standby: synchronous_node_count is raised, awaited, put back. */
    | 'patroni-sync'
    | 'patroni-switchover'
    | 'redis-switchover'
    /** Sentinels forget whom they no longer can see, and agree on the master. */
    | 'sentinel-reset'
    /** Container stopped and removed; its volumes stay. */
    | 'remove'
    /** Until the verdict is ok. */
    | 'await';
  /** Services or members concerned, in their order; who gets it first, then who has it, for a switchover. */
  readonly names: readonly string[];
  /** A sentence: `patroni1 takes over from patroni3`. */
  readonly text: string;
  /** The request or command, word for word; '' for waiting. */
  readonly literal: string;
};

export type ProfilePlan = {
  /** As known from what runs; null: nothing, or nothing that fits. */
  readonly from: string | null;
  readonly to: string;
  readonly steps: readonly ProfileStep[];
  readonly memory: {
    /** Of those that start: as measured when they last ran here, else their limits; `measured` says which. */
    readonly needsBytes: number;
    /** What those that leave use now. */
    readonly freesBytes: number;
    readonly measured: boolean;
    /** Of the machine; null: the engine is elsewhere. */
    readonly availableBytes: number | null;
  };
  /** Leaderships that move. */
  readonly moves: readonly { readonly system: System; readonly from: string; readonly to: string }[];
  /** Sentences: what stays available, what is interrupted and for how long, what is no longer redundant. */
  readonly effects: readonly string[];
  /** Sentences: what could not be known, because the stack has not our roles. */
  readonly unknown: readonly string[];
  /** Sentences: why it can't be done now; empty: it can. */
  readonly missing: readonly string[];
};
