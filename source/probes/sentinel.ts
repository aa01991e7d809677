import type { Access } from '../engine/types.ts';
import type { SentinelClaim, SentinelMaster, SentinelPeer } from '../stack/claims.ts';
import { keepConnection, subjectOf } from './connection.ts';
import { failure } from './failures.ts';
import { type Fields, isFields, listOf, numberOf, textOf } from './fields.ts';
import { type Command, explainRedis, openRedisClient, parseInfo, type RedisClient } from './redis-client.ts';
import type { Probe } from './types.ts';

const usableEveryMs = 5000;

type Usable = SentinelMaster['usable'];
/** What a Sentinel knows around one master. */
type Surroundings = Pick<SentinelMaster, 'replicas' | 'sentinels'>;

/**
 * Asks one Sentinel, in one round trip, for its masters and for the replicas and Sentinels of those it named the time
 * before; in a second one for those of a new master. CKQUORUM is asked every 5 s, at once for a new master, and each time
 * while its last answer was no.
 */
export function openSentinelProbe(access: Access, deadlineMs: number): Probe<SentinelClaim> {
  const subject = subjectOf(access.member.name, access.endpoint);
  const usable = new Map<string, Usable>();
  let known: readonly string[] = [];
  let usableAt = 0;

  /** Replicas, Sentinels and CKQUORUM of these masters, as commands and as a reader of their replies. */
  const around = (names: readonly string[], withUsable: boolean) => {
    const each = withUsable ? 3 : 2;
    const commands = names.flatMap((name): Command[] => [
      ['sentinel', 'replicas', name],
      ['sentinel', 'sentinels', name],
      ...(withUsable ? [['sentinel', 'ckquorum', name] as const] : []),
    ]);
    const read = (replies: readonly (unknown | Error)[], into: Map<string, Surroundings>) =>
      names.forEach((name, index) => {
        const [replicas, sentinels, quorum] = replies.slice(index * each, (index + 1) * each);
        if (replicas instanceof Error || sentinels instanceof Error) return; // no longer monitored
        into.set(name, { replicas: parsePeers(replicas), sentinels: parsePeers(sentinels) });
        if (withUsable) usable.set(name, parseUsable(quorum));
      });
    return { commands, read };
  };

  const ask = async (client: RedisClient): Promise<SentinelClaim> => {
    const refused = [...usable.values()].some((answer) => answer?.ok !== true);
    const due = refused || performance.now() - usableAt > usableEveryMs;
    const before = around(known, due);
    const [id, info, masters, ...rest] = await client.send([...basics, ...before.commands]);
    const found = new Map<string, Surroundings>();
    before.read(rest, found);
    const claim = parseSentinel(id, info, masters, subject);
    const added = claim.masters.map((master) => master.name).filter((name) => !found.has(name));
    if (added.length > 0) {
      const after = around(added, true);
      after.read(await client.send(after.commands), found);
    }
    known = claim.masters.map((master) => master.name);
    if (due) usableAt = performance.now();
    return {
      ...claim,
      masters: claim.masters.map((master) => ({
        ...master,
        ...found.get(master.name),
        usable: usable.get(master.name) ?? null,
      })),
    };
  };

  return keepConnection({
    subject,
    endpoint: access.endpoint,
    deadlineMs,
    open: (endpoint) => openRedisClient(endpoint, access, deadlineMs),
    ask,
    explain: (error) => explainRedis(error, subject),
  });
}

const basics: readonly Command[] = [
  ['sentinel', 'myid'],
  ['info', 'sentinel'],
  ['sentinel', 'masters'],
];

/** MYID, INFO sentinel and SENTINEL MASTERS; without what surrounds each master. */
export function parseSentinel(id: unknown, info: unknown, masters: unknown, subject = 'sentinel'): SentinelClaim {
  if (masters instanceof Error) throw masters;
  if (info instanceof Error) throw info;
  const tilt = parseInfo(String(info)).get('sentinel_tilt');
  if (tilt === undefined || !Array.isArray(masters)) {
    throw failure('garbage', subject, undefined, 'a Redis, but not a Sentinel');
  }
  return { myId: id instanceof Error ? '' : textOf(id), tilt: tilt === '1', masters: masters.map(parseMaster) };
}

function parseMaster(reply: unknown): SentinelMaster {
  const fields = fieldsOfReply(reply);
  const { address, flags, sdown } = parsePeer(reply);
  return {
    name: textOf(fields.name),
    address,
    sdown,
    odown: flags.includes('o_down'),
    failoverInProgress: flags.includes('failover_in_progress'),
    flags,
    quorum: numberOf(fields.quorum),
    configEpoch: numberOf(fields['config-epoch']),
    downAfterMs: numberOf(fields['down-after-milliseconds']),
    failoverTimeoutMs: numberOf(fields['failover-timeout']),
    replicas: [],
    sentinels: [],
    usable: null,
  };
}

export const parsePeers = (reply: unknown): readonly SentinelPeer[] => listOf(reply).map(parsePeer);

function parsePeer(reply: unknown): SentinelPeer {
  const fields = fieldsOfReply(reply);
  const flags = textOf(fields.flags).split(',');
  return { address: `${textOf(fields.ip)}:${textOf(fields.port)}`, flags, sdown: flags.includes('s_down') };
}

/** CKQUORUM says `OK 3 usable Sentinels. …`, or as an error `NOQUORUM 1 usable Sentinels. …`. */
export function parseUsable(reply: unknown): Usable {
  if (reply === undefined) return null;
  return reply instanceof Error ? { ok: false, text: reply.message } : { ok: true, text: textOf(reply) };
}

/** RESP2 gives a flat list of names and values, RESP3 a map. */
export function fieldsOfReply(reply: unknown): Fields {
  if (reply instanceof Map) return Object.fromEntries(reply);
  if (isFields(reply)) return reply;
  const flat = listOf(reply);
  return Object.fromEntries(flat.flatMap((key, index) => (index % 2 === 0 ? [[String(key), flat[index + 1]]] : [])));
}
