import type { RedisClaim } from './claims.ts';
import { bytes, list } from './format.ts';
import { worst } from './levels.ts';
import { because, memberReasons, named } from './member-reasons.ts';
import { memberAt, mostNamed } from './members.ts';
import { isComing, isOut, rowReading, type Seen, seeAll } from './presence.ts';
import { atOnce } from './reading.ts';
import type { Reason, RedisReport, RedisRow } from './report.ts';
import type { SentinelView } from './sentinel-rules.ts';
import type { Probed, Snapshot } from './snapshot.ts';

type Node = Seen<Probed<RedisClaim>>;

/** A replica further behind than this is worth a word, bytes. */
const farBehind = 16 * 2 ** 20;

/** Redis's report and the reasons for its verdict; null when the stack has none. `sentinels`: null without any. */
export function assessRedis(
  snapshot: Snapshot,
  sentinels: SentinelView | null,
): { report: RedisReport; reasons: readonly Reason[] } | null {
  if (snapshot.redis === null || snapshot.redis.length === 0) return null;
  const nodes = seeAll(snapshot.redis, snapshot);
  const masters = atOnce(
    nodes.filter((node) => node.presence === 'current' && node.claim?.role === 'master'),
    (node) => node.reading,
    snapshot.intervalMs,
  );
  const replicated = sentinels !== null || nodes.some((node) => isReplicated(node.reading.value));
  const expected = expectedMaster(nodes, sentinels);
  const master = pickMaster(nodes, masters, expected, replicated);
  const works = master !== null && !isOut(master);
  const inSync = master === null ? [] : nodes.filter((node) => isInSync(node, master, nodes));
  const canLose = works && sentinels?.canElect && masters.length < 2 ? inSync.length : 0;
  const unknown = nodes.every((node) => node.presence !== 'current') && !nodes.every(isOut);
  const reasons = [
    ...(replicated ? masterReasons(nodes, masters, master, expected, sentinels) : []),
    ...(unknown && nodes.length > 1 && !nodes.every(isComing)
      ? [because('redis', 'unknown', null, 'no Redis node answers, so what they do is unknown')]
      : []),
    ...memberReasons(nodes, {
      system: 'redis',
      role: (node) => roleOf(node, master, expected),
      unknown,
      canLose: works && sentinels !== null && !unknown ? canLose : null,
      special: (node) =>
        outMaster(node, replicated ? expected : nodes.length === 1 ? node.name : null, masters, sentinels),
    }),
    ...(works ? replicaReasons(nodes, master, sentinels !== null) : []),
    ...loadingReasons(nodes, master),
  ];
  const report: RedisReport = {
    verdict: worst(reasons),
    masterName: sentinels?.masterName ?? null,
    master: works ? master.name : null,
    canLose,
    members: nodes.map((node) => row(node, works ? master : null, nodes, snapshot.at)),
  };
  return { report, reasons };
}

const isReplicated = (claim: RedisClaim | null): boolean =>
  claim !== null && (claim.role === 'slave' || claim.replicas.length > 0);

/** Who should be master by what the others say: the Sentinels, else the replicas, else who was it last. */
function expectedMaster(nodes: readonly Node[], sentinels: SentinelView | null): string | null {
  if (sentinels?.master != null) return sentinels.master;
  const followed = nodes.map((node) => memberAt(nodes, node.claim?.masterAddress ?? null)?.name ?? null);
  return mostNamed(followed)?.value ?? nodes.find((node) => node.reading.value?.role === 'master')?.name ?? null;
}

/** Who accepts writes: a node that says so itself, and where several do, the one that the others expect. */
function pickMaster(
  nodes: readonly Node[],
  masters: readonly Node[],
  expected: string | null,
  replicated: boolean,
): Node | null {
  if (!replicated && masters.length > 1) return null; // independent servers: none is the master of the others
  const wanted = nodes.find((node) => node.name === expected);
  if (wanted !== undefined && (masters.includes(wanted) || (masters.length === 0 && mayStillLead(wanted))))
    return wanted;
  return masters[0] ?? null;
}

/** Not heard of now, yet not known to be gone, and master when it last spoke (or never heard). */
const mayStillLead = (node: Node): boolean =>
  node.presence !== 'current' && !isOut(node) && node.reading.value?.role === 'master';

function masterReasons(
  nodes: readonly Node[],
  masters: readonly Node[],
  master: Node | null,
  expected: string | null,
  sentinels: SentinelView | null,
): readonly Reason[] {
  if (masters.length > 1) {
    const names = masters.map((node) => node.name);
    const all = `${list(names)} ${names.length > 2 ? 'all' : 'both'} accept writes, and all but one side's will be lost`;
    const right = sentinels?.master != null ? `; the Sentinels name ${sentinels.master}` : '';
    return [because('redis', 'down', names.find((name) => name !== expected) ?? null, `${all}${right}`)];
  }
  const answering = nodes.filter((node) => node.presence === 'current');
  const lost = nodes.find((node) => node.name === expected);
  if (master === null) {
    if (answering.length === 0 || (lost !== undefined && isOut(lost))) return []; // said of the member itself
    return [
      because(
        'redis',
        'down',
        null,
        `no Redis node is master: ${list(answering.map((node) => node.name))} only follow${answering.length > 1 ? '' : 's'}`,
      ),
    ];
  }
  if (sentinels?.master != null && sentinels.master !== master.name) {
    const text = `${master.name} says that it is master, the Sentinels name ${sentinels.master}`;
    return [because('redis', 'degraded', master.name, text)];
  }
  return [];
}

/** A master that is out takes Redis down, until another has taken over. */
function outMaster(node: Node, expected: string | null, masters: readonly Node[], sentinels: SentinelView | null) {
  if (node.name !== expected || masters.length > 0) return null;
  if (!isOut(node)) {
    return sentinels?.odown ? { level: 'down' as const, ending: '; Sentinels agree that it is down' } : null;
  }
  const canElect = sentinels?.canElect
    ? '; Sentinels have not agreed on a new one yet'
    : '; too few Sentinels to elect another';
  return { level: 'down' as const, ending: sentinels === null ? '; without Sentinels nothing replaces it' : canElect };
}

function roleOf(node: Node, master: Node | null, expected: string | null): string | null {
  if (node === master || (master === null && node.name === expected)) return 'master';
  const last = node.reading.value?.role;
  return last === undefined || (last === 'master' && master === null) ? null : 'replica';
}

/** Bytes that a replica has not received, as the master itself counts them where it lists the replica. */
function lagOf(node: Node, master: Node | null, nodes: readonly Node[]): number | null {
  const own = node.reading.value;
  const lead = master?.reading.value ?? null;
  if (own === null || lead === null || node === master) return null;
  const listed = lead.replicas.find((replica) => memberAt(nodes, replica.address) === node);
  return Math.max(0, lead.offset - (listed?.offset ?? own.offset));
}

function isInSync(node: Node, master: Node, nodes: readonly Node[]): boolean {
  const claim = node.presence === 'current' ? node.claim : null;
  if (claim === null || claim.role !== 'slave' || claim.link !== 'up' || claim.loading) return false;
  return memberAt(nodes, claim.masterAddress) === master && (lagOf(node, master, nodes) ?? 0) <= farBehind;
}

function replicaReasons(nodes: readonly Node[], master: Node, withSentinels: boolean): readonly Reason[] {
  return nodes.flatMap((node) => {
    const claim = node.presence === 'current' ? node.claim : null;
    if (claim === null || claim.role !== 'slave' || node === master) return [];
    const subject = named(node.name, 'replica');
    const followed = memberAt(nodes, claim.masterAddress);
    const reason = (text: string) => [because('redis', 'degraded', node.name, `${subject} ${text}`)];
    // Without Sentinels a replica of a replica is somebody's choice.
    const chained = !withSentinels && followed?.claim?.role === 'slave';
    if (followed !== master && !chained) {
      return reason(`follows ${followed?.name ?? claim.masterAddress ?? 'nobody'}, not the master ${master.name}`);
    }
    if (claim.link === 'down') return reason(`has lost its link to ${followed?.name ?? master.name}`);
    const lag = lagOf(node, master, nodes) ?? 0;
    return lag > farBehind ? reason(`is ${bytes(lag)} behind`) : [];
  });
}

function loadingReasons(nodes: readonly Node[], master: Node | null): readonly Reason[] {
  return nodes.flatMap((node) => {
    if (node.presence !== 'current' || node.claim?.loading !== true) return [];
    const leads = node === master;
    const text = `${named(node.name, leads ? 'master' : 'replica')} is loading its data${leads ? ' and refuses commands' : ''}`;
    return [because('redis', leads ? 'down' : 'degraded', node.name, text)];
  });
}

function row(node: Node, master: Node | null, nodes: readonly Node[], now: number): RedisRow {
  const last = node.reading.value;
  // A member that is out is not master any more, whatever it last said.
  const role = last === null || (last.role === 'master' && node !== master && node.claim === null) ? null : last.role;
  return {
    ...rowReading(node, now),
    role,
    offset: last?.offset ?? null,
    lagBytes: lagOf(node, master, nodes),
    opsPerSecond: last?.opsPerSecond ?? null,
    memoryBytes: last?.memoryBytes ?? null,
    clients: last?.clients ?? null,
    link: last?.link ?? null,
    latencyMs: node.reading.tookMs,
  };
}
