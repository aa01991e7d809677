import type { Access } from '../engine/types.ts';
import { parseStatus } from '../probes/etcd-answers.ts';
import { openEtcdGateway } from '../probes/etcd-gateway.ts';
import type { EtcdClaim } from '../stack/claims.ts';
import { StackError } from '../stack/errors.ts';

const lookDeadlineMs = 1_000;
/** etcd itself gives the transfer one election timeout, 1 s unless configured. */
const moveDeadlineMs = 7_000;

/**
 * Has etcd's leader hand over to this member; null: to the first other voter that answers. Resolves with a sentence once
 * it has. Sent to the leader, which alone can (etcd server/etcdserver/server.go, moveLeader). @throws StackError
 */
export async function moveEtcdLeader({
  access,
  to,
}: {
  readonly access: readonly Access[];
  readonly to: string | null;
}): Promise<string> {
  const members = access.filter(({ member, endpoint }) => member.system === 'etcd' && endpoint !== null);
  const gateways = members.map((way) => ({ name: way.member.name, gateway: openEtcdGateway(way) }));
  try {
    const answers = await Promise.all(
      gateways.map(async ({ name, gateway }) => {
        const status = await gateway.call('/v3/maintenance/status', {}, lookDeadlineMs).catch(() => null);
        return { name, gateway, claim: status === null ? null : parseStatus(status, name) };
      }),
    );
    const answering = answers.flatMap(({ claim, ...rest }) => (claim === null ? [] : [{ ...rest, claim }]));
    const leader = answering.find(({ claim }) => claim.leaderId === claim.memberId);
    if (leader === undefined) throw new StackError('rejected', 'no etcd member that answers leads');
    const target = answering.find(({ name, claim }) => name === (to ?? name) && canLead(claim, leader.claim));
    if (target === undefined) {
      throw new StackError(
        'rejected',
        `${to ?? 'no other etcd member'} does not answer, leads already, or cannot vote`,
      );
    }
    const targetID = BigInt(`0x${target.claim.memberId}`).toString();
    await leader.gateway.call('/v3/maintenance/transfer-leadership', { targetID }, moveDeadlineMs);
    return `${leader.name} handed leadership to ${target.name}`;
  } finally {
    for (const { gateway } of gateways) gateway.close();
  }
}

const canLead = (claim: EtcdClaim, leader: EtcdClaim): boolean => claim.memberId !== leader.memberId && !claim.learner;
