import type { Access } from '../engine/types.ts';
import type { PatroniClaim, PatroniCluster, PatroniSwitch } from '../stack/claims.ts';
import { keepConnection, subjectOf } from './connection.ts';
import { orNull } from './deadline.ts';
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

const historyEveryMs = 10_000;
/** Patroni closes the connection after each answer, and answers in Python: what was asked twice would be paid twice. */
const clusterEvery = 2;

/**
 * Asks one Patroni node for itself each time; for the cluster as it sees it every other time, and when it has changed
 * itself; for the history when the timeline has changed, else every 10 s. Rejects with a StackError when the node does not say what it is itself; the other two are
 * null when they are late or missing (without a DCS they may hang).
 */
export function openPatroniProbe(access: Access, deadlineMs: number): Probe<PatroniClaim> {
  const subject = subjectOf(access.member.name, access.endpoint);
  let history: {
    readonly lines: readonly PatroniSwitch[];
    readonly at: number;
    readonly timeline: number | null;
  } | null = null;

  let cluster: PatroniCluster | null = null;
  let before = '';
  let asks = 0;

  return keepConnection({
    subject,
    endpoint: access.endpoint,
    deadlineMs,
    open: (endpoint) => openJsonClient(endpoint, access.tls, subject),
    async ask(client) {
      const patience = 0.8 * deadlineMs;
      // `/health` has the body of `/patroni`, but does not try its query a second time after 1 s (patroni/api.py).
      const due = asks++ % clusterEvery === 0 || cluster === null;
      const [own, fresh] = await Promise.all([client.get('/health'), due ? askCluster(client, patience) : null]);
      const claim = parsePatroni(own.body, subject);
      const now = performance.now();
      const standing = `${claim.role} ${claim.state} ${claim.timeline} ${claim.clusterUnlocked} ${claim.syncStandby}`;
      if (due) cluster = fresh;
      else if (standing !== before) cluster = await askCluster(client, deadlineMs - patience);
      before = standing;
      if (history === null || now - history.at > historyEveryMs || history.timeline !== claim.timeline) {
        const lines = await orNull(client.get('/history'), deadlineMs - patience);
        if (lines !== null) history = { lines: parseHistory(lines.body), at: now, timeline: claim.timeline };
      }
      return { ...claim, cluster, history: history?.lines ?? null };
    },
  });
}

async function askCluster(
  client: ReturnType<typeof openJsonClient>,
  patienceMs: number,
): Promise<PatroniCluster | null> {
  return parseCluster((await orNull(client.get('/cluster'), patienceMs))?.body);
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
