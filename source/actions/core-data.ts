import { list } from '../stack/format.ts';
import type { System } from '../stack/topology.ts';

/** A member as the compose file has it, whether it runs or not. */
export type Rostered = {
  readonly service: string;
  readonly role: System;
  /** Belongs to the profile that is wanted. */
  readonly stays: boolean;
  /** Its data is still there; true where that can't be known. */
  readonly hasData: boolean;
  /** Names and addresses that its system and others may know it by, lower case. */
  readonly addresses: readonly string[];
};

/** Who must be started although the profile has not got them, so that those who stay may lead. */
export type Needed = {
  /** Services; empty: nobody. */
  readonly services: readonly string[];
  /** A sentence: because of what, or what is lost; null: nothing to say. */
  readonly why: string | null;
};

const nobody: Needed = { services: [], why: null };

/** What Patroni left in etcd. */
export type PatroniPast = {
  /** Whom `/sync` lets lead: first the leader, then those that have everything the leader has acknowledged. */
  readonly sync: readonly string[];
  /** Quorum commit: one standby alone can't know that it has everything. */
  readonly quorum: boolean;
  /** Who led last by the leader key or the history; null: not known. */
  readonly leader: string | null;
};

/**
 * Patroni promotes only whom `/sync` names (patroni/ha.py, is_healthiest_node): with nobody of them it waits for ever.
 * Where replication was asynchronous, whoever led last is the one that has everything.
 */
export function patroniNeeds(past: PatroniPast, roster: readonly Rostered[]): Needed {
  const members = roster.filter(({ role }) => role === 'patroni');
  const named = past.sync.length > 0 ? past.sync : past.leader === null ? [] : [past.leader];
  const known = named.flatMap((name) => members.find(({ addresses }) => addresses.includes(name.toLowerCase())) ?? []);
  const able = known.filter(({ hasData }) => hasData);
  const absent = members.filter(({ stays, hasData }) => !stays && hasData);
  if (known.length === 0) {
    // A cluster without synchronous mode that never changed its leader, or names that the compose file does not tell.
    if (absent.length === 0) return nobody;
    return { services: servicesOf(absent), why: 'who led Patroni last is not known' };
  }
  if (able.length === 0) {
    const staying = members.find(({ stays }) => stays)?.service ?? 'NAME';
    return {
      services: [],
      why: `Patroni lets only ${list(named)} lead, whose data is gone; \`patronictl failover --candidate ${staying} --force\` lets that lead, without what it never got`,
    };
  }
  if (past.quorum) {
    const needed = able.filter(({ stays }) => !stays);
    return needed.length === 0 ? nobody : { services: servicesOf(needed), why: `Patroni counts on ${list(named)}` };
  }
  if (able.some(({ stays }) => stays)) return nobody;
  // One has everything by itself; a second would become its standby, and be in the way of who stays.
  return { services: servicesOf(able.slice(0, 1)), why: `Patroni lets only ${list(named)} lead` };
}

/** What one Sentinel had written down: the master that it knew, and since which failover. */
export type SentinelView = { readonly master: string; readonly epoch: number };

/** From the lines `sentinel monitor NAME HOST PORT QUORUM` and `sentinel config-epoch NAME N` of one configuration. */
export function parseSentinelView(text: string): SentinelView | null {
  const master = /^sentinel monitor "?\S+"? "?([^\s"]+)"? \d+ /m.exec(text)?.[1];
  if (master === undefined) return null;
  return { master: master.toLowerCase(), epoch: Number(/^sentinel config-epoch "?\S+"? (\d+)/m.exec(text)?.[1] ?? 0) };
}

/**
 * Without Sentinels a Redis starts in the role that its own configuration says: a former replica stays one for ever, a
 * former master that slept through a failover takes writes that the next start of the Sentinels throws away. So what they
 * have written down counts, newest first. null: they don't tell.
 */
export function redisNeeds(views: readonly SentinelView[], roster: readonly Rostered[]): Needed | null {
  const newest = Math.max(...views.map(({ epoch }) => epoch));
  const masters = views.filter(({ epoch }) => epoch === newest).map(({ master }) => master);
  const known = masters.flatMap((address) => redisAt(roster, address) ?? []);
  if (known.length === 0) return null;
  const leaving = known.find(({ stays }) => !stays);
  return leaving === undefined ? nobody : redisAndSentinels(leaving.service, roster);
}

/** The same by what those who stay say of themselves: `follows` has the address of each one's master, null for a master. */
export function redisNeedsByRole(follows: readonly (string | null)[], roster: readonly Rostered[]): Needed {
  if (follows.length === 0 || follows.includes(null)) return nobody;
  const masters = follows.map((address) => redisAt(roster, address ?? ''));
  if (masters.some((member) => member?.stays)) return nobody;
  return redisAndSentinels(masters[0]?.service ?? follows[0] ?? '', roster);
}

/**
 * All of them: a failover back needs a majority of all the Sentinels that ever were, and only the Sentinels may say that
 * somebody else is master now, since they are believed at every start.
 */
function redisAndSentinels(master: string, roster: readonly Rostered[]): Needed {
  const absent = roster.filter(({ role, stays }) => (role === 'redis' || role === 'sentinel') && !stays);
  const able = absent.filter(({ hasData }) => hasData);
  if (able.some(({ role, service }) => role === 'redis' && service === master)) {
    return { services: servicesOf(able), why: `the last Redis master is ${master}` };
  }
  const staying = roster.find(({ role, stays }) => role === 'redis' && stays)?.service ?? 'the other';
  return {
    services: [],
    why: `the last Redis master was ${master}, and its data is gone; \`replicaof no one\` at ${staying} makes that master, without what it never got`,
  };
}

function redisAt(roster: readonly Rostered[], address: string): Rostered | null {
  return roster.find(({ role, addresses }) => role === 'redis' && addresses.includes(address)) ?? null;
}

const servicesOf = (members: readonly Rostered[]): readonly string[] => members.map(({ service }) => service);
