import type { ComposeFile } from '../engine/compose-file.ts';
import type { ContainerDetails } from '../engine/types.ts';
import type { EtcdPeer } from '../stack/claims.ts';
import type { Report } from '../stack/report.ts';
import type { Snapshot } from '../stack/snapshot.ts';

/** Everything that the checks look at, gathered at once; null or empty where it could not be had, which is said in `unread`. */
export type DoctorFacts = {
  readonly seen: { readonly snapshot: Snapshot; readonly report: Report } | null;
  readonly machine: MachineFacts;
  readonly engine: EngineFacts | null;
  /** Why no engine answers, and how to get one; left out where one does. */
  readonly noEngine?: { readonly said: string; readonly advice: string };
  /** Of the stack. Hold secrets: only checks on passwords look there, and tell names, never values. */
  readonly containers: readonly ContainerDetails[];
  /** The compose file behind them. */
  readonly compose: { readonly path: string; readonly own: boolean; readonly file: ComposeFile } | null;
  readonly patroni: readonly PatroniFacts[];
  readonly redis: readonly RedisFacts[];
  readonly sentinel: readonly SentinelFacts[];
  readonly etcd: readonly EtcdFacts[];
  /** Last lines of containers that restart, or died; by container name, oldest first. */
  readonly lastLines: Readonly<Record<string, readonly string[]>>;
  readonly unread: readonly string[];
};

/** Sizes in bytes, times in ms. null: not known here. */
export type MachineFacts = {
  readonly platform: string;
  readonly memoryBytes: number;
  readonly availableBytes: number | null;
  readonly inotifyInstances: number | null;
  readonly inotifyWatches: number | null;
};

export type EngineFacts = {
  /** `Docker 20.10.24`, `Podman 5.2`. */
  readonly version: string;
  readonly local: boolean;
  /** null: there is none. */
  readonly compose: string | null;
  /** `1` or `2`. */
  readonly cgroup: string | null;
  readonly dataFolder: string | null;
  readonly diskFreeBytes: number | null;
  readonly diskTotalBytes: number | null;
  /** Engine's clock less ours. Containers have their engine's (time namespaces leave the time of day alone). */
  readonly skewMs: number | null;
  readonly networks: readonly {
    readonly name: string;
    readonly project: string | null;
    readonly subnets: readonly string[];
  }[];
  /** Subnets of the machine's own interfaces and routes that are not the engine's. */
  readonly routes: readonly { readonly device: string; readonly cidr: string }[];
  /** Who else listens on ports that the compose file publishes. */
  readonly portsHeld: readonly { readonly port: number; readonly service: string; readonly by: string | null }[];
  /** Images of the stack made from other files than there are now, or replaced since their container was made. */
  readonly staleImages: readonly { readonly image: string; readonly why: string }[];
  /** Containers of the stack that are not what the compose file, with the variables here, would make now. */
  readonly drifted: readonly { readonly container: string; readonly service: string }[];
  /** Address rewriting rules left by an engine that was killed: bridges that are no more. */
  readonly staleRules: readonly string[];
};

export type PatroniFacts = {
  readonly member: string;
  /** GET /config; null: could not be had. */
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly pendingRestart: Readonly<Record<string, { readonly old: string; readonly new: string }>> | null;
  readonly timeline: number | null;
  /** Whether it gets its WAL by a stream; always false on a leader. */
  readonly streaming: boolean;
  /** By the settings in etcd, else by its own file; null: neither tells. */
  readonly usesRewind: boolean | null;
  /** From SQL, where the member answers. */
  readonly postgres: {
    readonly inRecovery: boolean;
    readonly dataChecksums: boolean;
    readonly walLogHints: boolean;
    /** The last segment that was to be archived could not be. */
    readonly archiveFailing: boolean;
    /** As `show` prints them, with units. */
    readonly settings: Readonly<Record<string, string>>;
    readonly slots: readonly {
      readonly name: string;
      readonly active: boolean;
      readonly walStatus: string | null;
      readonly heldBytes: number | null;
    }[];
  } | null;
  /** `patronictl version` in its container works; the last line of why not; null: not tried. */
  readonly patronictl: { readonly works: boolean; readonly said: string } | null;
};

export type RedisFacts = {
  readonly member: string;
  /** CONFIG GET, without secrets: passwords are told as set or not. */
  readonly config: Readonly<Record<string, string>>;
  readonly masterauthSet: boolean;
  readonly requirepassSet: boolean;
  readonly configFile: string | null;
};

export type SentinelFacts = {
  readonly member: string;
  /** INFO server: where its configuration lies; null: none. */
  readonly configFile: string | null;
  /** Whether that lies on a volume with a name, or in a folder of the machine. */
  readonly configKept: boolean | null;
  /** It is mounted by itself, without the folder that it lies in. */
  readonly configMountedAlone: boolean;
  /** As monitored: `redis1`, `172.28.3.1`. */
  readonly monitors: readonly {
    readonly name: string;
    readonly host: string;
    readonly quorum: number;
    readonly voters: number;
    readonly downAfterMs: number;
    readonly failoverTimeoutMs: number;
    readonly authPassSet: boolean | null;
    /** Replicas and other Sentinels that it knows and that do not answer it, and for how long. */
    readonly silent: readonly {
      readonly kind: 'replica' | 'sentinel';
      readonly address: string;
      readonly ms: number;
    }[];
  }[];
  /** Whether it tells names instead of addresses, and whether it takes them. */
  readonly announceHostnames: boolean | null;
  readonly resolveHostnames: boolean | null;
};

export type EtcdFacts = {
  readonly member: string;
  readonly clusterId: string | null;
  /** The member list as this member has it; null: it does not tell, as a learner never does. */
  readonly roster: readonly EtcdPeer[] | null;
  readonly dbBytes: number | null;
  readonly quotaBytes: number | null;
  readonly leaderChanges: number | null;
  /** Since the member's start, ms. */
  readonly uptimeMs: number | null;
  /** 99 % of WAL fsyncs since start took no longer than this, ms. */
  readonly fsyncP99Ms: number | null;
  /** The block device under its data; members with the same share a disk. */
  readonly device: string | null;
};
