import type { PatroniClaim, PatroniCluster, PostgresClaim } from './claims.ts';
import { memberAt, mostNamed } from './members.ts';
import { isOut, type Presence, presenceOf, type Seen, seeAll } from './presence.ts';
import type { Snapshot } from './snapshot.ts';
import { parseSyncNames } from './tolerance.ts';

type Row = NonNullable<Snapshot['patroni']>[number];

/** A Patroni member with its Postgres as the rules see them. */
export type PatroniNode = Seen<Row> & {
  readonly database: { readonly presence: Presence; readonly claim: PostgresClaim | null };
};
export type ClusterRow = PatroniCluster['members'][number];

/** Joins the members with their containers. */
export function seePatroni(snapshot: Snapshot): readonly PatroniNode[] {
  return seeAll(snapshot.patroni ?? [], snapshot).map((node) => {
    const presence = presenceOf(node.postgres, node.behind);
    return { ...node, database: { presence, claim: presence === 'current' ? node.postgres.value : null } };
  });
}

/** The member that Patroni calls `name`: by what it calls itself, else by name or address. */
export function nodeCalled(
  nodes: readonly PatroniNode[],
  name: string | null,
  host: string | null = null,
): PatroniNode | null {
  const own = nodes.find((node) => node.reading.value?.name === name);
  return own ?? memberAt(nodes, name) ?? memberAt(nodes, host);
}

/** Whether a member says that it is primary: `primary` since Patroni 4, `master` before. */
export const claimsPrimary = (claim: PatroniClaim | null): boolean =>
  claim?.role === 'primary' || claim?.role === 'master';

const leads = (role: string): boolean => role === 'leader' || role === 'standby_leader';

/** Who holds the leader key. `told`: whoever answers knows that, or knows that nobody does. */
export type Lock = {
  readonly told: boolean;
  /** `node` is null for a holder that is no member here. */
  readonly holder: { readonly name: string; readonly node: PatroniNode | null } | null;
};

/**
 * Who holds the leader key, as most of those who answer see it. Each member's view of the cluster is a cache, so an
 * isolated one may be wrong; with equal votes it is whoever says of itself that it is primary, on the highest timeline.
 */
export function leaderOf(nodes: readonly PatroniNode[]): Lock {
  const votesOf = (some: readonly PatroniNode[]) =>
    some.map((node) => voteOf(node, nodes)).filter((vote) => vote !== undefined);
  const voices = votesOf(voicesOf(nodes)).length > 0 ? voicesOf(nodes) : nodes.filter((node) => node.claim !== null);
  const votes = votesOf(voices);
  const unlocked = votes.filter((vote) => vote === null).length;
  const named = mostNamed(votes);
  if (named === null || unlocked > votes.length / 2) {
    const holder = failsafePrimary(voices);
    return { told: holder !== null || unlocked > 0 || nodes.every(isNoPrimary), holder };
  }
  const tied = [...new Set(votes)].filter((vote) => votes.filter((other) => other === vote).length === named.votes);
  const best = tied.length > 1 ? (firstPrimary(voices, tied) ?? named.value) : named.value;
  return { told: true, holder: { name: best, node: nodes.find((node) => node.name === best) ?? null } };
}

/** Those whose word counts: who answers now, else who did a moment ago. */
export function voicesOf(nodes: readonly PatroniNode[]): readonly PatroniNode[] {
  const current = nodes.filter((node) => node.presence === 'current');
  return current.length > 0 ? current : nodes.filter((node) => node.claim !== null);
}

/** The holder that a member sees, or null: nobody. It abstains (undefined) while its view of the cluster is missing. */
function voteOf(node: PatroniNode, nodes: readonly PatroniNode[]): string | null | undefined {
  const { claim } = node;
  if (claim === null) return undefined;
  if (claim.clusterUnlocked) return null;
  if (claim.cluster === null) return claimsPrimary(claim) || claim.role === 'standby_leader' ? node.name : undefined;
  const row = claim.cluster.members.find((member) => leads(member.role));
  return row === undefined ? null : (nodeCalled(nodes, row.name, row.host)?.name ?? row.name);
}

/** Out, or saying itself that it is none: where all are so, nothing can be written, whoever holds the key. */
const isNoPrimary = (node: PatroniNode): boolean =>
  isOut(node) ||
  (node.presence === 'current' && !claimsPrimary(node.claim) && node.database.claim?.inRecovery !== false);

/** In failsafe mode the primary stays while the DCS is away (Patroni docs, dcs_failsafe_mode.rst). */
function failsafePrimary(voices: readonly PatroniNode[]) {
  const node = voices.find((voice) => voice.claim?.failsafe === true && claimsPrimary(voice.claim)) ?? null;
  return node === null ? null : { name: node.name, node };
}

function firstPrimary(voices: readonly PatroniNode[], tied: readonly (string | null)[]): string | null {
  const primaries = voices.filter((voice) => tied.includes(voice.name) && claimsPrimary(voice.claim));
  return primaries.toSorted((a, b) => (b.claim?.timeline ?? 0) - (a.claim?.timeline ?? 0))[0]?.name ?? null;
}

/** A member's role and figures in the freshest view of the cluster: the leader's own, else that of whoever answers. */
export function clusterRows(
  nodes: readonly PatroniNode[],
  leader: PatroniNode | null,
): ReadonlyMap<string, ClusterRow> {
  const voices = voicesOf(nodes);
  const own = leader !== null && voices.includes(leader) ? leader.claim?.cluster : null;
  const view = own ?? voices.find((voice) => voice.claim?.cluster)?.claim?.cluster;
  return new Map((view?.members ?? []).map((row) => [nodeCalled(nodes, row.name, row.host)?.name ?? row.name, row]));
}

/** Why a leader does not accept writes, or whether that is unknown. `text` ends a sentence that begins with its name. */
export type Writable = {
  readonly value: boolean | null;
  readonly level: 'down' | 'degraded' | null;
  readonly text: string | null;
};

const writable: Writable = { value: true, level: null, text: null };
const not = (text: string | null): Writable => ({ value: false, level: 'down', text });
const unsure = (text: string | null): Writable => ({ value: null, level: text === null ? null : 'degraded', text });

/** A sync standby that has gone is replaced in Patroni's next loop; `loop_wait` is 10 s unless configured. */
const replacedWithin = 10_000;

/**
 * Whether the holder of the leader key accepts writes: it runs, is not in recovery, is not read-only, and commits do not
 * wait for a standby that is not there.
 */
export function writability(leader: PatroniNode, nodes: readonly PatroniNode[]): Writable {
  if (leader.presence === 'gone') return not(null);
  const claim = leader.database.claim;
  if (claim !== null) {
    if (claim.inRecovery)
      return leader.claim?.role === 'standby_leader'
        ? { ...writable, value: false }
        : not('holds the leader key, but its Postgres is still in recovery');
    if (claim.readOnly) return not('is read-only (default_transaction_read_only)');
    return waiting(leader.name, claim, nodes);
  }
  const state = leader.claim?.state;
  if (leader.presence === 'current' && state !== undefined && state !== 'running') {
    return not(`holds the leader key, but its Postgres is ${state}`);
  }
  if (leader.database.presence === 'refusing') {
    return not(leader.presence === 'current' ? 'holds the leader key, but its Postgres refuses connections' : null);
  }
  if (leader.database.presence === 'pending' || leader.database.presence === 'late') return unsure(null);
  return unsure(
    isOut(leader) || leader.presence !== 'current'
      ? null
      : `holds the leader key, but its Postgres cannot be asked: ${leader.postgres.problem?.message ?? 'no answer'}`,
  );
}

/**
 * A commit waits for as many sync standbys as the live `synchronous_standby_names` wants, unless `synchronous_commit`
 * is off or local. Without strict mode Patroni empties the setting when no standby is left (replication_modes.rst).
 */
function waiting(name: string, claim: PostgresClaim, nodes: readonly PatroniNode[]): Writable {
  const wanted = parseSyncNames(claim.synchronousStandbyNames);
  const confirming = claim.replication.filter(
    (stream) => stream.state === 'streaming' && (stream.syncState === 'sync' || stream.syncState === 'quorum'),
  );
  if (wanted.mode === 'off' || confirming.length >= wanted.needed) return writable;
  const waits = claim.waitingForSync;
  if (waits === 0 && ['off', 'local'].includes(claim.synchronousCommit)) return writable;
  if (waits === 0) return unsure('has no sync standby to confirm: its next commit waits for one');
  const commits = `has ${waits} commit${waits === 1 ? '' : 's'} waiting for a sync standby that is not there`;
  const lately = nodes.some(
    (node) =>
      node.name !== name && node.presence !== 'current' && node.silentMs !== null && node.silentMs < replacedWithin,
  );
  return lately ? unsure(`${commits}; Patroni replaces it in its next loop`) : not(commits);
}
