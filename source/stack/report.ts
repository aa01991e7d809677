import type { ReadingStatus } from './reading.ts';
import type { ContainerState, Health, System, Via } from './topology.ts';

/** The contract of `status --json`; also what the screen draws. Times in ms, sizes in bytes. */
export type Level = 'ok' | 'degraded' | 'down' | 'unknown';

export type Reason = {
  readonly system: System | 'containers' | 'engine';
  readonly member?: string;
  readonly level: Level;
  /** A sentence as a colleague would say it. */
  readonly text: string;
};

/** What every row carries beside its figures: how current it is, and why not. */
export type RowReading = {
  readonly name: string;
  readonly reading: ReadingStatus;
  readonly ageMs: number | null;
  readonly error?: string;
  /** Name of the container behind it, and the way it is reached. */
  readonly container: string;
  readonly via: Via | null;
};

export type ContainerRow = {
  readonly name: string;
  readonly service: string | null;
  readonly id: string;
  readonly image: string;
  readonly role: System | 'backend' | null;
  readonly state: ContainerState;
  readonly health: Health;
  readonly exitCode: number | null;
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
  readonly memoryLimitBytes: number | null;
  readonly receivedBytesPerSecond: number | null;
  readonly sentBytesPerSecond: number | null;
  readonly restarts: number;
  /** Epoch ms, by the engine's clock. */
  readonly startedAt: number | null;
  readonly uptimeMs: number | null;
  readonly reading: ReadingStatus;
  readonly ageMs: number | null;
  readonly error?: string;
};

export type EtcdRow = RowReading & {
  readonly leader: boolean;
  readonly learner: boolean;
  readonly version: string | null;
  readonly term: number | null;
  readonly raftIndex: number | null;
  readonly appliedIndex: number | null;
  /** Entries behind the furthest member. */
  readonly lag: number | null;
  readonly dbBytes: number | null;
  readonly alarms: readonly string[];
  readonly latencyMs: number | null;
};

export type PatroniRow = RowReading & {
  /** `leader`, `sync_standby`, `quorum_standby`, `replica`, `standby_leader`, or as the member says; null: unknown. */
  readonly role: string | null;
  readonly state: string | null;
  readonly timeline: number | null;
  /** Replay lag behind the leader. */
  readonly lagBytes: number | null;
  readonly pendingRestart: boolean;
  readonly tags: Readonly<Record<string, unknown>>;
  readonly latencyMs: number | null;
  readonly postgres: {
    readonly reading: ReadingStatus;
    readonly ageMs: number | null;
    readonly error?: string;
    readonly tps: number | null;
    readonly connections: number | null;
    readonly maxConnections: number | null;
    readonly sizeBytes: number | null;
    readonly inRecovery: boolean | null;
  };
};

export type RedisRow = RowReading & {
  readonly role: 'master' | 'slave' | null;
  readonly offset: number | null;
  readonly lagBytes: number | null;
  readonly opsPerSecond: number | null;
  readonly memoryBytes: number | null;
  readonly clients: number | null;
  readonly link: string | null;
  readonly latencyMs: number | null;
};

export type SentinelRow = RowReading & {
  /** Member name, or the bare address when no member has it. */
  readonly masterSeen: string | null;
  readonly sdown: boolean | null;
  readonly odown: boolean | null;
  readonly epoch: number | null;
  readonly tilt: boolean | null;
  readonly latencyMs: number | null;
};

export type QuorumReport = {
  readonly size: number;
  readonly needed: number;
  readonly healthy: number;
  readonly canLose: number;
};

export type EtcdReport = {
  readonly verdict: Level;
  readonly leader: string | null;
  readonly term: number | null;
  readonly quorum: QuorumReport;
  readonly members: readonly EtcdRow[];
};

export type PatroniReport = {
  readonly verdict: Level;
  readonly scope: string | null;
  readonly leader: string | null;
  readonly writable: boolean | null;
  readonly timeline: number | null;
  readonly paused: boolean;
  /** `off`, `on` or `quorum` as far as it can be told; null: unknown. */
  readonly syncMode: 'off' | 'on' | 'quorum' | null;
  readonly canLose: number;
  readonly members: readonly PatroniRow[];
};

export type RedisReport = {
  readonly verdict: Level;
  readonly masterName: string | null;
  readonly master: string | null;
  readonly canLose: number;
  readonly members: readonly RedisRow[];
};

export type SentinelReport = {
  readonly verdict: Level;
  /** `needed` declares o_down, `majority` elects. */
  readonly quorum: QuorumReport & { readonly majority: number };
  readonly tilt: boolean;
  readonly members: readonly SentinelRow[];
};

export type Report = {
  readonly schema: 1;
  readonly at: string;
  readonly stack: string;
  readonly profile: string | null;
  readonly verdict: { readonly level: Level; readonly reasons: readonly Reason[] };
  readonly engine: {
    readonly state: 'connected' | 'reconnecting';
    readonly version: string | null;
    readonly error?: string;
  };
  readonly containers: readonly ContainerRow[];
  readonly etcd: EtcdReport | null;
  readonly patroni: PatroniReport | null;
  readonly redis: RedisReport | null;
  readonly sentinel: SentinelReport | null;
};
