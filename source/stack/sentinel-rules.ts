import type { RedisClaim, SentinelClaim, SentinelMaster } from './claims.ts';
import { list, plural } from './format.ts';
import { worst } from './levels.ts';
import { because, memberReasons } from './member-reasons.ts';
import { memberAt, mostNamed } from './members.ts';
import { isComing, isOut, rowReading, type Seen, seeAll } from './presence.ts';
import type { Reason, SentinelReport, SentinelRow } from './report.ts';
import type { Probed, Snapshot } from './snapshot.ts';
import { majorityOf, spare } from './tolerance.ts';

type Redis = Probed<RedisClaim>;
type Node = Seen<Probed<SentinelClaim>>;
/** What one Sentinel says of the master that the stack is about. */
type View = { readonly node: Node; readonly master: SentinelMaster | null; readonly seen: string | null };

/** What the Sentinels hold in common; Redis's verdict is built on it. */
export type SentinelView = {
  readonly masterName: string | null;
  /** Member name or bare address of the master that most of those who answer name. */
  readonly master: string | null;
  /** A majority that can act exists. */
  readonly canElect: boolean;
  readonly odown: boolean;
};

/** The Sentinels' report, what they hold in common, and the reasons for their verdict; null when there are none. */
export function assessSentinel(
  snapshot: Snapshot,
): { report: SentinelReport; view: SentinelView; reasons: readonly Reason[] } | null {
  if (snapshot.sentinel === null || snapshot.sentinel.length === 0) return null;
  const redis = snapshot.redis ?? [];
  const nodes = seeAll(snapshot.sentinel, snapshot);
  const masterName = commonMaster(nodes, redis);
  const views = nodes.map((node) => viewOf(node, masterName, redis));
  const current = views.filter((view) => view.node.presence === 'current');
  const voices = current.length > 0 ? current : views.filter((view) => view.node.claim !== null);
  const master = mostNamed(voices.map((view) => view.seen))?.value ?? null;
  const known = voices.map((view) => 1 + (view.master?.sentinels.length ?? 0));
  const size = Math.max(nodes.length, ...known);
  const majority = majorityOf(size);
  const needed = mostNamed(voices.map((view) => view.master?.quorum ?? null))?.value ?? majority;
  const able = current.filter((view) => !view.node.claim?.tilt && view.master !== null && view.seen === master);
  const enough = Math.max(needed, majority);
  const canLose = spare(able.length, enough);
  const lost = isLost(nodes, able.length, size, enough);
  const reasons = [
    ...(lost ? [because('sentinel', 'degraded', null, lostText(able.length, size, enough))] : []),
    ...(current.length === 0 && !lost && !nodes.every(isComing)
      ? [because('sentinel', 'unknown', null, 'no Sentinel answers, so whether they could fail over is unknown')]
      : []),
    ...memberReasons(nodes, {
      system: 'sentinel',
      role: () => null,
      unknown: current.length === 0,
      canLose: lost || current.length === 0 ? null : canLose,
    }),
    ...disagreement(current),
    ...masterReasons(current, master, redis),
    ...peerReasons(current, size, redis),
    ...unknownReplicas(current, redis),
  ];
  const report: SentinelReport = {
    verdict: lost ? 'down' : worst(reasons),
    quorum: { size, needed, majority, healthy: able.length, canLose },
    tilt: current.some((view) => view.node.claim?.tilt === true),
    members: views.map((view) => row(view, snapshot.at)),
  };
  const odown = current.some((view) => view.seen === master && view.master?.odown === true);
  return { report, view: { masterName, master, canElect: able.length >= enough, odown }, reasons };
}

/** The name of the monitored master: the one most Sentinels know; several at once: one whose address is a member here. */
function commonMaster(nodes: readonly Node[], redis: readonly Redis[]): string | null {
  const masters = nodes.flatMap((node) => node.reading.value?.masters ?? []);
  const ours = masters.filter((master) => memberAt(redis, master.address) !== null);
  return mostNamed((ours.length > 0 ? ours : masters).map((master) => master.name))?.value ?? null;
}

function viewOf(node: Node, masterName: string | null, redis: readonly Redis[]): View {
  const master = node.reading.value?.masters.find((entry) => entry.name === masterName) ?? null;
  return { node, master, seen: master === null ? null : (memberAt(redis, master.address)?.name ?? master.address) };
}

/** Certain: too many are out, or too many of those that answer cannot act. */
function isLost(nodes: readonly Node[], able: number, size: number, enough: number): boolean {
  const unable = nodes.filter((node) => isOut(node) || node.claim?.tilt === true).length;
  if (size - unable < enough) return true;
  return able < enough && nodes.every((node) => node.presence === 'current' || isOut(node));
}

const lostText = (able: number, size: number, enough: number): string =>
  `Sentinels cannot fail over: ${able} of ${size} can act together, ${enough} needed; Redis keeps the master it has`;

function disagreement(current: readonly View[]): readonly Reason[] {
  const camps = Map.groupBy(
    current.filter((view) => view.seen !== null),
    (view) => view.seen,
  );
  if (camps.size < 2) return [];
  const told = [...camps].map(([seen, views]) => `${list(views.map((view) => view.node.name))} for ${seen}`);
  return [because('sentinel', 'degraded', null, `Sentinels disagree on the master: ${told.join('; ')}`)];
}

/** What the Sentinels that answer say of the master, and of themselves. */
function masterReasons(current: readonly View[], master: string | null, redis: readonly Redis[]): readonly Reason[] {
  const names = (test: (view: View) => boolean) => current.filter(test).map((view) => view.node.name);
  const tilted = names((view) => view.node.claim?.tilt === true);
  const watchesNothing = names((view) => view.master === null);
  const sdown = names((view) => view.seen === master && view.master?.sdown === true);
  const odown = current.some((view) => view.seen === master && view.master?.odown === true);
  const answers = redis.some((member) => member.name === master && member.reading.status === 'ok');
  const though = answers ? ', although it answers here' : '';
  const failover = current.find((view) => view.master?.failoverInProgress === true);
  const unusable = current.find((view) => view.master?.usable?.ok === false);
  const reason = (text: string) => because('sentinel', 'degraded', null, text);
  return [
    ...(tilted.length > 0
      ? [reason(`${list(tilted)} distrust${tilted.length > 1 ? '' : 's'} the clock (TILT): no failover for 30 s`)]
      : []),
    ...(watchesNothing.length > 0
      ? [reason(`${list(watchesNothing)} watch${watchesNothing.length > 1 ? '' : 'es'} no master`)]
      : []),
    ...(odown
      ? [reason(`Sentinels agree that ${master} is down (o_down)${though}`)]
      : sdown.length > 0
        ? [reason(`${list(sdown)} hold${sdown.length > 1 ? '' : 's'} ${master} to be down (s_down)${though}`)]
        : []),
    ...(failover?.master ? [reason(`a failover of ${failover.master.name} is under way`)] : []),
    ...(unusable?.master?.usable && !odown && sdown.length === 0
      ? [reason(`${unusable.node.name} expects no failover to work: ${unusable.master.usable.text}`)]
      : []),
  ];
}

/** Sentinels that do not know all the others, and replicas they cannot reach although those answer here. */
function peerReasons(current: readonly View[], size: number, redis: readonly Redis[]): readonly Reason[] {
  const unaware = current.flatMap(({ node, master }) => {
    const knows = master?.sentinels.length ?? size - 1;
    if (knows >= size - 1) return [];
    return [
      because(
        'sentinel',
        'degraded',
        node.name,
        `${node.name} knows ${knows} of the ${plural(size - 1, 'other Sentinel')}`,
      ),
    ];
  });
  const cut = redis.flatMap((member) => {
    if (member.reading.status !== 'ok') return [];
    const by = current
      .filter(({ master }) =>
        master?.replicas.some((peer) => peer.sdown && memberAt(redis, peer.address)?.name === member.name),
      )
      .map(({ node }) => node.name);
    if (by.length === 0) return [];
    const text = `${list(by)} cannot reach ${member.name} (s_down), although it answers here`;
    return [because('sentinel', 'degraded', member.name, text)];
  });
  return [...unaware, ...cut];
}

/**
 * Replicas that a Sentinel could not promote, because it has not heard of them. It learns of them by the master's INFO,
 * which it asks for every 10 s (redis src/sentinel.c, SENTINEL_INFO_PERIOD): so it is for a moment after a first start.
 */
function unknownReplicas(current: readonly View[], redis: readonly Redis[]): readonly Reason[] {
  const streaming = redis.filter(
    ({ reading: { status, value } }) => status === 'ok' && value?.role === 'slave' && value.link === 'up',
  );
  return current.flatMap(({ node, master, seen }) => {
    if (master === null) return [];
    const known = [...master.replicas.map(({ address }) => memberAt(redis, address)?.name), seen];
    const unknown = streaming.map(({ name }) => name).filter((name) => !known.includes(name));
    if (unknown.length === 0) return [];
    const text = `${node.name} has not heard of ${list(unknown)} yet, and could not promote ${unknown.length > 1 ? 'them' : 'it'}`;
    return [because('sentinel', 'degraded', node.name, text)];
  });
}

function row({ node, master, seen }: View, now: number): SentinelRow {
  return {
    ...rowReading(node, now),
    masterSeen: seen,
    sdown: master?.sdown ?? null,
    odown: master?.odown ?? null,
    epoch: master?.configEpoch ?? null,
    tilt: node.reading.value?.tilt ?? null,
    latencyMs: node.reading.tookMs,
  };
}
