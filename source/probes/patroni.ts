import type { Access } from '../engine/types.ts';
import type { PatroniClaim, PatroniCluster, PatroniSettings, PatroniSwitch } from '../stack/claims.ts';
import { keepConnection, subjectOf } from './connection.ts';
import { failure } from './failures.ts';
import {
  type Fields,
  fieldsOf,
  isFields,
  listOf,
  numberOf,
  numberOrNull,
  textOf,
  textOrNull,
  timeOrNull,
} from './fields.ts';
import { openJsonClient } from './http.ts';
import type { Probe } from './types.ts';

const slowEveryMs = 10_000;
/** Patroni closes the connection after each answer, and answers in Python: what was asked twice would be paid twice. */
const clusterEvery = 3;
/** Without a DCS `/cluster` and `/history` may hang, each in one of Patroni's five threads (patroni/api.py). */
const quietAfterHangMs = 5000;

/**
 * Asks one Patroni node for itself each time; for the cluster as it sees it every third time, and when it has changed
 * itself; for the history and the settings when the timeline has changed, else every 10 s. Rejects with a StackError when
 * the node does not say what it is itself; the others never make it late. The cluster is null when its answer is missing, and for
 * 5 s after one of them hung.
 */
export function openPatroniProbe(access: Access, deadlineMs: number): Probe<PatroniClaim> {
  const subject = subjectOf(access.member.name, access.endpoint);
  let history: readonly PatroniSwitch[] | null = null;
  let settings: PatroniSettings | null = null;
  let slowOf: number | null = null;
  let nextSlowAt = 0;
  let cluster: PatroniCluster | null = null;
  let before = '';
  let asks = 0;
  let quietUntil = 0;

  return keepConnection({
    subject,
    endpoint: access.endpoint,
    deadlineMs,
    open: (endpoint) => openJsonClient(endpoint, access.tls, subject),
    async ask(client) {
      const startedAt = performance.now();
      /** What is nice to have, in the time that is left: the body, or null. */
      const aside = async (path: string): Promise<unknown> => {
        const patience = Math.floor(0.9 * deadlineMs - (performance.now() - startedAt));
        if (patience < 10 || performance.now() < quietUntil) return null;
        const hung = AbortSignal.timeout(patience);
        try {
          return (await client.get(path, hung)).body;
        } catch {
          if (hung.aborted) quietUntil = performance.now() + quietAfterHangMs;
          return null;
        }
      };
      // `/health` has the body of `/patroni`, but does not try its query a second time after 1 s (patroni/api.py).
      const due = asks++ % clusterEvery === 0 || cluster === null || startedAt < quietUntil;
      const [own, fresh] = await Promise.all([client.get('/health'), due ? aside('/cluster') : null]);
      const claim = parsePatroni(own.body, subject);
      const standing = `${claim.role} ${claim.state} ${claim.timeline} ${claim.clusterUnlocked} ${claim.syncStandby}`;
      if (due) cluster = parseCluster(fresh);
      else if (standing !== before) cluster = parseCluster(await aside('/cluster'));
      before = standing;
      if (performance.now() >= nextSlowAt || slowOf !== claim.timeline) {
        const [lines, config] = await Promise.all([aside('/history'), aside('/config')]);
        if (lines !== null) history = parseHistory(lines);
        if (config !== null) settings = parseSettings(config);
        slowOf = claim.timeline;
        nextSlowAt = performance.now() + (lines === null || config === null ? quietAfterHangMs : slowEveryMs);
      }
      return { ...claim, cluster, history, settings };
    },
  });
}

/** The body of `/patroni` or any health check, whose status may be 503. Rejects what lacks a state and a name. */
export function parsePatroni(body: unknown, subject = 'patroni'): PatroniClaim {
  const own = fieldsOf(body);
  const patroni = fieldsOf(own.patroni);
  if (typeof own.state !== 'string' || typeof patroni.version !== 'string') {
    throw failure('garbage', subject, undefined, 'JSON, but not of Patroni');
  }
  const xlog = fieldsOf(own.xlog);
  const lastSeen = numberOrNull(own.dcs_last_seen);
  return {
    name: textOf(patroni.name),
    scope: textOf(patroni.scope),
    version: patroni.version,
    role: textOf(own.role),
    state: own.state,
    timeline: numberOrNull(own.timeline) || null,
    receivedLsn: numberOrNull(xlog.received_location ?? xlog.location),
    replayedLsn: numberOrNull(xlog.replayed_location ?? xlog.location),
    replicationState: textOrNull(own.replication_state),
    syncStandby: own.sync_standby === true,
    quorumStandby: own.quorum_standby === true,
    pendingRestart: own.pending_restart === true,
    paused: own.pause === true,
    clusterUnlocked: own.cluster_unlocked === true,
    failsafe: own.failsafe_mode_is_active === true,
    dcsLastSeen: lastSeen === null || lastSeen === 0 ? null : lastSeen * 1000,
    tags: fieldsOf(own.tags),
    streams: listOf(own.replication).filter(isFields).map(parseStream),
    cluster: null,
    history: null,
    settings: null,
  };
}

/** The body of `/config`; null when it is none (502 while there is none in the DCS). */
export function parseSettings(body: unknown): PatroniSettings | null {
  if (!isFields(body) || typeof body.ttl !== 'number') return null;
  const mode = body.synchronous_mode;
  return {
    synchronousMode: mode === 'quorum' ? mode : mode === true || mode === 'on' ? 'on' : 'off',
    maximumLagBytes: numberOrNull(body.maximum_lag_on_failover) ?? 2 ** 20,
    ttlMs: 1_000 * (numberOrNull(body.ttl) ?? 30),
    loopWaitMs: 1_000 * (numberOrNull(body.loop_wait) ?? 10),
    retryTimeoutMs: 1_000 * (numberOrNull(body.retry_timeout) ?? 10),
    primaryStartTimeoutMs: 1_000 * (numberOrNull(body.primary_start_timeout) ?? 300),
    failsafe: body.failsafe_mode === true,
  };
}

const parseStream = (stream: Fields): PatroniClaim['streams'][number] => ({
  name: textOf(stream.application_name),
  state: textOf(stream.state),
  syncState: textOf(stream.sync_state),
  address: textOrNull(stream.client_addr),
});

/** The body of `/cluster`; null when it is none, as while the DCS cannot be asked. */
export function parseCluster(body: unknown): PatroniCluster | null {
  if (!isFields(body) || !Array.isArray(body.members)) return null;
  const planned = body.scheduled_switchover;
  return {
    members: body.members.filter(isFields).map((member) => ({
      name: textOf(member.name),
      // 3.x may still say `master` where 4.x says `leader`.
      role: member.role === 'master' ? 'leader' : textOf(member.role),
      state: textOf(member.state),
      host: textOrNull(member.host),
      timeline: numberOrNull(member.timeline),
      lagBytes: numberOrNull(member.lag),
    })),
    paused: body.pause === true,
    scheduledSwitchover: isFields(planned)
      ? { at: textOf(planned.at), from: textOf(planned.from), to: textOrNull(planned.to) }
      : null,
  };
}

/** The body of `/history`: lines of `[timeline, lsn, reason, timestamp?, new_leader?]`, oldest first. */
export function parseHistory(body: unknown): readonly PatroniSwitch[] {
  return listOf(body)
    .map(listOf)
    .filter((line) => typeof line[0] === 'number')
    .map(([timeline, , reason, at, newLeader]) => ({
      timeline: numberOf(timeline),
      reason: textOf(reason),
      at: timeOrNull(at),
      newLeader: textOrNull(newLeader),
    }));
}
