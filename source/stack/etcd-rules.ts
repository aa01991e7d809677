import type { EtcdAlarm, EtcdClaim, EtcdPeer } from './claims.ts';
import { bytes, count, list, plain, plural } from './format.ts';
import { worst } from './levels.ts';
import { memberReasons, because as reason } from './member-reasons.ts';
import { highest, memberAt, mostNamed } from './members.ts';
import { isComing, isOut, rowReading, type Seen, seeAll } from './presence.ts';
import type { EtcdReport, EtcdRow, Level, Reason } from './report.ts';
import type { Probed, Snapshot } from './snapshot.ts';
import { majorityOf, spare } from './tolerance.ts';

type Node = Seen<Probed<EtcdClaim>>;

/** A follower further behind needs a whole snapshot (etcd DefaultSnapshotCatchUpEntries). */
const farBehind = 5000;

/** etcd's report and the reasons for its verdict; null when the stack has none. */
export function assessEtcd(
  snapshot: Snapshot,
): { report: EtcdReport; quorum: QuorumState; reasons: readonly Reason[] } | null {
  if (snapshot.etcd === null || snapshot.etcd.length === 0) return null;
  const nodes = seeAll(snapshot.etcd, snapshot);
  const roster = freshestRoster(nodes);
  const voters = nodes.filter((node) => isVoter(node, roster));
  const strangers = (roster ?? []).filter((peer) => !peer.learner && nodeOf(peer, nodes) === null);
  const size = voters.length + strangers.length;
  const needed = majorityOf(size);
  const agreed = agreedLeader(nodes);
  const leader = agreed === null ? null : nameOf(agreed.leaderId, nodes, roster);
  const healthy = voters.filter(
    (node) => node.presence === 'current' && agreed !== null && follows(node.reading.value, agreed),
  ).length;
  const state = quorumState(voters, size, needed, agreed !== null);
  const alarms = raisedAlarms(nodes);
  const canLose = state === 'held' && alarms.length === 0 ? spare(healthy, needed) : 0;
  const leaderNode = nodes.find((node) => node.name === leader);
  const report: EtcdReport = {
    verdict: 'ok',
    leader: leaderNode !== undefined && isOut(leaderNode) ? null : leader,
    term: agreed?.term ?? highest(nodes.map((node) => node.claim?.term ?? null)),
    quorum: { size, needed, healthy, canLose },
    members: rows(nodes, leaderNode !== undefined && isOut(leaderNode) ? null : leader, roster, alarms, snapshot.at),
  };
  const reasons = [
    ...quorumReasons(state, voters, size, needed),
    ...alarms.map((raised) => alarmReason(raised, nodes, roster)),
    ...nodeReasons(nodes, leader, state, canLose),
    ...disagreement(nodes, roster),
    ...strangers.map((peer) =>
      because('degraded', null, `etcd counts ${peer.name || peer.memberId} as a voter, but no container here is it`),
    ),
    ...conditionReasons(nodes, report.members, roster),
  ];
  return {
    report: { ...report, verdict: worst(reasons) },
    quorum: state === 'held' && alarms.length > 0 ? 'refuses' : state,
    reasons,
  };
}

const because = (level: Level, member: string | null, text: string) => reason('etcd', level, member, text);

/** The list of whoever is furthest in the log: the one that knows the last change of membership. */
function freshestRoster(nodes: readonly Node[]): readonly EtcdPeer[] | null {
  let best: EtcdClaim | null = null;
  for (const { claim } of nodes) {
    if (claim?.roster == null || claim.roster.length === 0) continue;
    if (best === null || claim.term > best.term || (claim.term === best.term && claim.raftIndex > best.raftIndex))
      best = claim;
  }
  return best?.roster ?? null;
}

/** The member behind an entry of the member list: by id where it told its own, else by name or address. */
function nodeOf(peer: EtcdPeer, nodes: readonly Node[]): Node | null {
  const byId = nodes.find((node) => node.reading.value?.memberId === peer.memberId);
  if (byId !== undefined) return byId;
  for (const known of [peer.name, ...peer.peerUrls, ...peer.clientUrls]) {
    const found = memberAt(nodes, known);
    if (found !== null) return found;
  }
  return null;
}

function isVoter(node: Node, roster: readonly EtcdPeer[] | null): boolean {
  if (roster === null) return node.reading.value?.learner !== true;
  return roster.some((peer) => !peer.learner && nodeOf(peer, [node]) !== null);
}

type Agreed = { readonly leaderId: string; readonly term: number };

/** The leader most members name now; with equal votes the one of the later term. Null when most know none. */
function agreedLeader(nodes: readonly Node[]): Agreed | null {
  const current = nodes.filter((node) => node.presence === 'current' && node.reading.value?.learner === false);
  const voices = current.length > 0 ? current : nodes.filter((node) => node.claim !== null);
  const claims = voices.flatMap((node) => node.claim ?? []).toSorted((a, b) => b.term - a.term);
  const named = mostNamed(claims.map((claim) => (claim.leaderId === null ? null : `${claim.leaderId} ${claim.term}`)));
  if (named === null || claims.filter((claim) => claim.leaderId === null).length > claims.length / 2) return null;
  const [leaderId = '', term] = named.value.split(' ');
  return { leaderId, term: Number(term) };
}

const follows = (claim: EtcdClaim | null, agreed: Agreed): boolean =>
  claim !== null && claim.leaderId === agreed.leaderId && claim.term === agreed.term;

function nameOf(id: string, nodes: readonly Node[], roster: readonly EtcdPeer[] | null): string {
  const own = nodes.find((node) => node.reading.value?.memberId === id);
  if (own !== undefined) return own.name;
  const peer = roster?.find((entry) => entry.memberId === id);
  return (peer && nodeOf(peer, nodes)?.name) ?? peer?.name ?? id;
}

/** refuses: there is a quorum, but an alarm keeps it from taking writes. */
export type QuorumState = 'held' | 'refuses' | 'lost' | 'leaderless' | 'unknown';

/**
 * The alarms of the cluster, as those who answer now know them. Alarms are kept through Raft, and one that any member has
 * raised makes all of them refuse puts (etcd server/etcdserver/apply.go, applierV3Capped and applierV3Corrupt).
 */
function raisedAlarms(nodes: readonly Node[]): readonly EtcdAlarm[] {
  const known = nodes.flatMap((node) => (node.presence === 'current' ? (node.claim?.alarms ?? []) : []));
  return [...new Map(known.map((raised) => [`${raised.memberId} ${raised.alarm}`, raised])).values()];
}

function alarmReason(
  { memberId, alarm }: EtcdAlarm,
  nodes: readonly Node[],
  roster: readonly EtcdPeer[] | null,
): Reason {
  const node = nodes.find((member) => member.reading.value?.memberId === memberId) ?? null;
  const name = nameOf(memberId, nodes, roster);
  const say = (text: string) => because('down', node?.name ?? null, `${name} ${text}`);
  if (alarm === 'NOSPACE') {
    const size = node?.reading.value ? ` (${bytes(node.reading.value.dbBytes)})` : '';
    return say(
      `is out of space${size}: etcd refuses all writes until it is compacted, defragmented and the NOSPACE alarm disarmed`,
    );
  }
  if (alarm === 'CORRUPT')
    return say('holds corrupt data (CORRUPT alarm): remove it from the cluster and add it anew with empty data');
  return say(`has raised the alarm ${plain(alarm)}`);
}

/**
 * Lost is said only of what is certain: too many voters are out, or those that answer know no leader. A member that does
 * not answer us may still vote, and a follower knows within an election timeout that the leader has lost its majority.
 */
function quorumState(voters: readonly Node[], size: number, needed: number, led: boolean): QuorumState {
  const out = voters.filter(isOut).length;
  const answering = voters.filter((node) => node.presence === 'current').length;
  if (size - out < needed) return 'lost';
  if (answering === 0) return 'unknown';
  if (led) return 'held';
  return answering < needed ? 'lost' : 'leaderless';
}

function quorumReasons(state: QuorumState, voters: readonly Node[], size: number, needed: number): readonly Reason[] {
  const answering = voters.filter((node) => node.presence === 'current').length;
  if (state === 'held') return [];
  if (state === 'leaderless') {
    return [because('down', null, `etcd has no leader: ${answering} of ${size} voters answer, and none is elected`)];
  }
  if (state === 'lost') {
    const answers = answering === 0 ? 'none' : String(answering);
    const verb = answering > 1 ? 'answer' : 'answers';
    return [because('down', null, `no quorum: ${answers} of ${plural(size, 'voter')} ${verb}, ${needed} needed`)];
  }
  return voters.every(isComing) ? [] : [because('unknown', null, 'no etcd member answers, so its quorum is unknown')];
}

function nodeReasons(
  nodes: readonly Node[],
  leader: string | null,
  state: QuorumState,
  canLose: number,
): readonly Reason[] {
  const isLearner = (node: Node) => node.reading.value?.learner === true;
  return memberReasons(nodes, {
    system: 'etcd',
    role: (node) => (node.name === leader ? 'leader' : isLearner(node) ? 'learner' : null),
    unknown: state === 'unknown',
    canLose: state === 'held' ? canLose : null,
    special: (node) =>
      node.name === leader && isOut(node) && state === 'held'
        ? { level: 'degraded', ending: '; the others have not elected a new leader yet' }
        : null,
  });
}

function disagreement(nodes: readonly Node[], roster: readonly EtcdPeer[] | null): readonly Reason[] {
  const views = new Map<string, { term: number; by: string[] }>();
  for (const node of nodes) {
    if (node.presence !== 'current' || node.claim?.leaderId == null) continue;
    const view = views.get(node.claim.leaderId) ?? { term: node.claim.term, by: [] };
    views.set(node.claim.leaderId, { term: Math.max(view.term, node.claim.term), by: [...view.by, node.name] });
  }
  const told = [...views].map(
    ([id, view]) =>
      `${list(view.by)} ${view.by.length > 1 ? 'follow' : 'follows'} ${nameOf(id, nodes, roster)} (term ${view.term})`,
  );
  return told.length > 1 ? [because('degraded', null, `etcd members disagree on the leader: ${told.join(', ')}`)] : [];
}

/** Reasons from what members that answer say of themselves. */
function conditionReasons(
  nodes: readonly Node[],
  members: readonly EtcdRow[],
  roster: readonly EtcdPeer[] | null,
): readonly Reason[] {
  return nodes.flatMap((node, index) => {
    const claim = node.presence === 'current' ? node.claim : null;
    if (claim === null) return [];
    const { name } = node;
    const lag = members[index]?.lag ?? 0;
    const listed = roster === null || roster.some((peer) => peer.memberId === claim.memberId);
    return [
      ...(claim.leaderId === null && !claim.learner ? [because('degraded', name, `${name} knows no leader`)] : []),
      ...(lag > farBehind ? [because('degraded', name, `${name} is ${count(lag)} raft entries behind`)] : []),
      ...(listed ? [] : [because('degraded', name, `${name} is not in the cluster's member list`)]),
    ];
  });
}

function rows(
  nodes: readonly Node[],
  leader: string | null,
  roster: readonly EtcdPeer[] | null,
  alarms: readonly EtcdAlarm[],
  now: number,
): readonly EtcdRow[] {
  const furthest = highest(nodes.map((node) => node.claim?.raftIndex ?? null));
  const answered = nodes.some((node) => node.presence === 'current');
  return nodes.map((node) => {
    const last = node.reading.value;
    const peer = roster?.find((entry) => nodeOf(entry, [node]) !== null);
    return {
      ...rowReading(node, now),
      leader: node.name === leader,
      learner: last?.learner ?? peer?.learner ?? false,
      version: last?.version ?? null,
      term: last?.term ?? null,
      raftIndex: last?.raftIndex ?? null,
      appliedIndex: last?.appliedIndex ?? null,
      lag: last === null || furthest === null ? null : Math.max(0, furthest - last.raftIndex),
      dbBytes: last?.dbBytes ?? null,
      alarms: (answered ? alarms : (last?.alarms ?? []))
        .filter((raised) => raised.memberId === (last?.memberId ?? peer?.memberId))
        .map((raised) => raised.alarm),
      latencyMs: node.reading.tookMs,
    };
  });
}
