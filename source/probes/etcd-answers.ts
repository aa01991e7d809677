import type { EtcdAlarm, EtcdClaim, EtcdPeer } from '../stack/claims.ts';
import { failure } from './failures.ts';
import { fieldsOf, isFields, listOf, numberOf, textOf } from './fields.ts';

/** The member list changes rarely, and a learner refuses to tell it. */
export const rosterEveryMs = 5000;

/** Maintenance.Status, by gRPC or as JSON, which leaves zeros out; 64 bit integers come as decimal strings. */
export function parseStatus(body: unknown, subject = 'etcd'): EtcdClaim {
  const status = fieldsOf(body);
  const memberId = textOf(fieldsOf(status.header).member_id);
  if (!/^\d+$/.test(memberId)) throw failure('garbage', subject, undefined, 'a status without a member id');
  const leader = textOf(status.leader);
  return {
    memberId: hexId(memberId),
    leaderId: /^[1-9]\d*$/.test(leader) ? hexId(leader) : null,
    term: numberOf(status.raftTerm),
    raftIndex: numberOf(status.raftIndex),
    appliedIndex: numberOf(status.raftAppliedIndex) || null,
    dbBytes: numberOf(status.dbSize),
    dbInUseBytes: numberOf(status.dbSizeInUse) || null,
    learner: status.isLearner === true,
    version: textOf(status.version),
    alarms: alarmsOf(listOf(status.errors).map(textOf)),
    roster: null,
  };
}

/** Status errors hold every alarm of the cluster as `memberID:N alarm:NOSPACE ` (etcd v3rpc/maintenance.go, Status). */
function alarmsOf(errors: readonly string[]): readonly EtcdAlarm[] {
  return errors.flatMap((text) => {
    const [, memberId, alarm] = /^memberID:(\d+) alarm:(\w+)/.exec(text.trim()) ?? [];
    return memberId === undefined || alarm === undefined ? [] : [{ memberId: hexId(memberId), alarm }];
  });
}

/** Cluster.MemberList, by gRPC or as JSON. */
export function parseRoster(body: unknown): readonly EtcdPeer[] {
  return listOf(fieldsOf(body).members)
    .filter(isFields)
    .map((member) => ({
      memberId: hexId(textOf(member.ID)),
      name: textOf(member.name),
      learner: member.isLearner === true,
      clientUrls: listOf(member.clientURLs).map(textOf),
      peerUrls: listOf(member.peerURLs).map(textOf),
    }));
}

const hexId = (decimal: string): string => BigInt(decimal).toString(16);
