/**
 * Claims: what each member says of itself and of the others, kept as it said it. Agreement is the verdict's business.
 * Sizes are bytes, times epoch ms. Fields a version does not tell are null.
 */

/** etcd 3.4–3.6, from Maintenance.Status, Cluster.MemberList and Maintenance.Alarm (etcd api/etcdserverpb/rpc.proto). */
export type EtcdClaim = {
  /** Hex, as etcdctl prints it. */
  readonly memberId: string;
  /** The leader this member believes in, hex; null: it knows none. */
  readonly leaderId: string | null;
  readonly term: number;
  readonly raftIndex: number;
  readonly appliedIndex: number | null;
  readonly dbBytes: number;
  readonly dbInUseBytes: number | null;
  readonly learner: boolean;
  readonly version: string;
  /** Every alarm of the cluster as this member knows them, whoever raised it. */
  readonly alarms: readonly EtcdAlarm[];
  /** The member list as this member has it; null when it could not be asked. */
  readonly roster: readonly EtcdPeer[] | null;
};

/** `NOSPACE` or `CORRUPT`, and the member that raised it, hex. */
export type EtcdAlarm = { readonly memberId: string; readonly alarm: string };

export type EtcdPeer = {
  readonly memberId: string;
  readonly name: string;
  readonly learner: boolean;
  readonly clientUrls: readonly string[];
  readonly peerUrls: readonly string[];
};

/** Patroni 3 and 4, from GET /patroni, /cluster and /history (patroni docs/rest_api.rst). */
export type PatroniClaim = {
  /** Patroni's own name for the member. */
  readonly name: string;
  readonly scope: string;
  readonly version: string;
  /** As it says: `primary` (4.x), `master` (3.x), `replica`, `standby_leader`, `demoted`, `promoted`, `uninitialized`. */
  readonly role: string;
  /** `running`, `streaming`, `starting`, `stopped`, `crashed` … */
  readonly state: string;
  readonly timeline: number | null;
  /** WAL position: written (primary) or received (replica), and replayed. */
  readonly receivedLsn: number | null;
  readonly replayedLsn: number | null;
  readonly replicationState: string | null;
  readonly syncStandby: boolean;
  readonly quorumStandby: boolean;
  readonly pendingRestart: boolean;
  readonly paused: boolean;
  /** No one holds the leader key, as this member sees it. */
  readonly clusterUnlocked: boolean;
  readonly failsafe: boolean;
  /** When it last reached the DCS. */
  readonly dcsLastSeen: number | null;
  readonly tags: Readonly<Record<string, unknown>>;
  /** Streams that this primary serves. */
  readonly streams: readonly {
    readonly name: string;
    readonly state: string;
    readonly syncState: string;
    readonly address: string | null;
  }[];
  readonly cluster: PatroniCluster | null;
  readonly history: readonly PatroniSwitch[] | null;
  /** From GET /config (docs/dynamic_configuration.rst), defaults filled in; null when it could not be had. */
  readonly settings: PatroniSettings | null;
};

export type PatroniSettings = {
  readonly synchronousMode: 'off' | 'on' | 'quorum';
  /** A replica further behind is not promoted. */
  readonly maximumLagBytes: number;
  /** Life of the leader key's lease, pause between two rounds, patience with etcd, and with a crashed postgres; ms. */
  readonly ttlMs: number;
  readonly loopWaitMs: number;
  readonly retryTimeoutMs: number;
  readonly primaryStartTimeoutMs: number;
  /** Stays primary without etcd as long as every member answers it. */
  readonly failsafe: boolean;
};

export type PatroniCluster = {
  readonly members: readonly {
    readonly name: string;
    /** `leader`, `standby_leader`, `sync_standby`, `quorum_standby`, `replica`. */
    readonly role: string;
    readonly state: string;
    readonly host: string | null;
    readonly timeline: number | null;
    /** null: Patroni says "unknown". */
    readonly lagBytes: number | null;
  }[];
  readonly paused: boolean;
  readonly scheduledSwitchover: { readonly at: string; readonly from: string; readonly to: string | null } | null;
};

/** One line of Patroni's history: the timeline that ended, why, when, and who led next. */
export type PatroniSwitch = {
  readonly timeline: number;
  readonly reason: string;
  readonly at: number | null;
  readonly newLeader: string | null;
};

/** PostgreSQL 12–18, one query a poll. */
export type PostgresClaim = {
  readonly inRecovery: boolean;
  readonly readOnly: boolean;
  readonly version: string;
  /** Commits and rollbacks a second since the poll before; null on the first. */
  readonly tps: number | null;
  readonly connections: number;
  readonly maxConnections: number;
  /** Client backends that wait for a sync standby to confirm (wait_event SyncRep). */
  readonly waitingForSync: number;
  readonly sizeBytes: number | null;
  readonly synchronousStandbyNames: string;
  readonly synchronousCommit: string;
  readonly replication: readonly {
    readonly name: string;
    readonly address: string | null;
    readonly state: string;
    readonly syncState: string;
    /** Bytes behind the primary's current WAL position. */
    readonly sentLagBytes: number | null;
    readonly replayLagBytes: number | null;
  }[];
};

/** Redis 6–8, from INFO. */
export type RedisClaim = {
  readonly version: string;
  readonly runId: string;
  /** Redis's own words. */
  readonly role: 'master' | 'slave';
  readonly masterAddress: string | null;
  /** `up` or `down`; null on a master. */
  readonly link: string | null;
  /** Replication offset: master_repl_offset, or slave_repl_offset on a replica. */
  readonly offset: number;
  readonly replicas: readonly {
    readonly address: string;
    readonly state: string;
    readonly offset: number;
    readonly lagSeconds: number;
  }[];
  readonly opsPerSecond: number;
  readonly memoryBytes: number;
  readonly maxMemoryBytes: number | null;
  readonly clients: number;
  readonly keys: number;
  readonly loading: boolean;
};

/** One Sentinel's view, from SENTINEL MASTERS, REPLICAS, SENTINELS, CKQUORUM and INFO sentinel. */
export type SentinelClaim = {
  readonly myId: string;
  readonly tilt: boolean;
  readonly masters: readonly SentinelMaster[];
};

export type SentinelMaster = {
  readonly name: string;
  /** `ip:port` of who it holds to be master. */
  readonly address: string;
  readonly sdown: boolean;
  readonly odown: boolean;
  readonly failoverInProgress: boolean;
  readonly flags: readonly string[];
  readonly quorum: number;
  readonly configEpoch: number;
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
  readonly replicas: readonly SentinelPeer[];
  readonly sentinels: readonly SentinelPeer[];
  /** CKQUORUM's answer; null when not asked. */
  readonly usable: { readonly ok: boolean; readonly text: string } | null;
};

export type SentinelPeer = { readonly address: string; readonly flags: readonly string[]; readonly sdown: boolean };

/** What a container uses, sampled from cgroup and /proc, or from the engine. */
export type UsageClaim = {
  /** 100 = one core; null on the first sample. */
  readonly cpuPercent: number | null;
  /** Without the page cache that can be dropped, as `docker stats` counts. */
  readonly memoryBytes: number;
  readonly receivedBytesPerSecond: number | null;
  readonly sentBytesPerSecond: number | null;
};
