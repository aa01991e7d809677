import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '../engine/types.ts';
import { subjectOf } from '../probes/connection.ts';
import { failure, socketFailure } from '../probes/failures.ts';
import { parseCluster, parsePatroni } from '../probes/patroni.ts';
import type { PatroniClaim } from '../stack/claims.ts';
import { StackError } from '../stack/errors.ts';
import { memberAt } from '../stack/members.ts';
import { withPatroni } from './patroni-rest.ts';

/** Patroni itself watches for up to 2 × max(10, loop_wait) s before it answers (patroni/api.py, poll_failover_result). */
const patienceMs = 30_000;
const lookDeadlineMs = 1_500;
/** After "status unknown" it may still come about. */
const lateMs = 10_000;

type Ask = {
  readonly access: readonly Access[];
  /** Member's name; null: the sync standby, or where replication is asynchronous, whom Patroni chooses. */
  readonly candidate: string | null;
};

/**
 * Has Patroni hand leadership over, and resolves with its own sentence once it has. With synchronous mode only the sync
 * standby is accepted. @throws StackError with Patroni's words: `rejected`, `unauthorized`, `timeout`
 */
export async function switchOverPatroni({ access, leader, candidate }: Ask & { leader: string }): Promise<string> {
  const nodes = await look(access);
  const from = ownName(nodes, leader);
  const to = candidate === null ? syncStandby(nodes) : ownName(nodes, candidate);
  return send(nodes, leader, '/switchover', { leader: from, ...(to === null ? {} : { candidate: to }) });
}

/**
 * Has Patroni promote this member, also where nobody leads; refused while a healthy leader could switch over, unless
 * the candidate is as good. @throws StackError as above
 */
export async function failOverPatroni({ access, candidate }: Ask & { candidate: string }): Promise<string> {
  const nodes = await look(access);
  const leader = nodes.find(({ claim }) => claim !== null && isLeader(claim))?.access.member.name ?? candidate;
  return send(nodes, leader, '/failover', { candidate: ownName(nodes, candidate) });
}

type Node = { readonly access: Access; readonly claim: PatroniClaim | null };

/** What each member says of itself, and the cluster as it sees it; null where it does not answer. */
function look(access: readonly Access[]): Promise<readonly Node[]> {
  const members = access.filter(({ member, endpoint }) => member.system === 'patroni' && endpoint !== null);
  return Promise.all(
    members.map(async (way) => ({
      access: way,
      claim: await withPatroni(way, async (client) => {
        const signal = AbortSignal.timeout(lookDeadlineMs);
        const [own, cluster] = await Promise.all([client.get('/patroni', signal), client.get('/cluster', signal)]);
        return { ...parsePatroni(own.body), cluster: parseCluster(cluster.body) };
      }).catch(() => null),
    })),
  );
}

const isLeader = ({ role }: PatroniClaim): boolean =>
  role === 'primary' || role === 'master' || role === 'standby_leader';

/** Patroni's own name for a member, which it may have been given apart from its container's. */
function ownName(nodes: readonly Node[], name: string): string {
  const node = nodes.find(({ access }) => access.member.name === name);
  if (node?.claim) return node.claim.name;
  const member = node?.access.member;
  const rows = nodes.flatMap(({ claim }) => claim?.cluster?.members ?? []);
  return rows.find((row) => member !== undefined && memberAt([member], row.name) !== null)?.name ?? name;
}

function syncStandby(nodes: readonly Node[]): string | null {
  const rows = nodes.flatMap(({ claim }) => claim?.cluster?.members ?? []);
  return rows.find(({ role }) => role === 'sync_standby' || role === 'quorum_standby')?.name ?? null;
}

/** To the leader's REST, else to another's that answered a moment ago; sent once. */
async function send(nodes: readonly Node[], leader: string, path: string, body: object): Promise<string> {
  const answering = nodes.filter(({ claim }) => claim !== null);
  const node = answering.find(({ access }) => access.member.name === leader) ?? answering[0];
  if (node === undefined) throw new StackError('unreachable', 'no Patroni member answers');
  const subject = subjectOf(node.access.member.name, node.access.endpoint);
  const before = leaderIn(nodes);
  const patience = AbortSignal.timeout(patienceMs);
  const { status, text } = await withPatroni(node.access, (client) => client.postForText(path, body, patience)).catch(
    (error: unknown) => {
      if (patience.aborted) throw failure('timeout', subject, error);
      throw socketFailure(subject, error);
    },
  );
  if (status === 200) return text.trim();
  if (status === 503 && /unknown/.test(text) && (await changed(node.access, before))) return text.trim();
  const words = text.startsWith('<') ? '' : `, ${text}`; // Python's own page, for what is not even a request
  throw failure('rejected', subject, undefined, `HTTP ${status}${words}`);
}

const leaderIn = (nodes: readonly Node[]): string | null =>
  nodes.find(({ claim }) => claim !== null && isLeader(claim))?.claim?.name ?? null;

/** Whether somebody else leads before the time is over, as the cluster is seen by the one that was asked. */
async function changed(access: Access, before: string | null): Promise<boolean> {
  const deadline = performance.now() + lateMs;
  while (performance.now() < deadline) {
    const [node] = await look([access]);
    const leader = node?.claim?.cluster?.members.find(({ role }) => role === 'leader')?.name ?? null;
    if (leader !== null && leader !== before) return true;
    await sleep(500);
  }
  return false;
}
