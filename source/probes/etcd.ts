import type { Access } from '../engine/types.ts';
import type { EtcdClaim, EtcdPeer } from '../stack/claims.ts';
import { StackError } from '../stack/errors.ts';
import { keepConnection, subjectOf } from './connection.ts';
import { orNull } from './deadline.ts';
import { parseRoster, parseStatus, rosterEveryMs } from './etcd-answers.ts';
import { failure } from './failures.ts';
import { fieldsOf, textOf } from './fields.ts';
import { openJsonClient } from './http.ts';
import type { Probe } from './types.ts';

/**
 * Asks one etcd member for its status, each time, and for the member list as it has it, every 5 s. Both are local reads,
 * so they answer without a quorum. Alarms are taken from the status: asking for them goes through Raft.
 *
 * By etcd's JSON gateway, which is always on unless somebody turned it off: half the processor time of gRPC and 18 MB
 * less. Where it is off, and where credentials or TLS are wanted, by etcd3.
 */
export function openEtcdProbe(access: Access, deadlineMs: number): Probe<EtcdClaim> {
  const plain = !access.tls && access.credentials.password === null;
  let probe: Probe<EtcdClaim> | null = plain ? openGatewayProbe(access, deadlineMs) : null;
  let closed = false;

  const byClient = async (): Promise<Probe<EtcdClaim>> => {
    const { openEtcdClientProbe } = await import('./etcd-client.ts');
    const opened = openEtcdClientProbe(access, deadlineMs);
    if (closed) opened.close();
    return opened;
  };
  return {
    async ask() {
      probe ??= await byClient();
      try {
        return await probe.ask();
      } catch (error) {
        if (!(error instanceof StackError) || error.cause !== noGateway) throw error;
        probe.close();
        probe = await byClient();
        return probe.ask();
      }
    },
    close() {
      closed = true;
      probe?.close();
    },
  };
}

/** Marks the one refusal that is no news about the member. */
const noGateway = new Error('etcd runs without its JSON gateway');

function openGatewayProbe(access: Access, deadlineMs: number): Probe<EtcdClaim> {
  const subject = subjectOf(access.member.name, access.endpoint);
  let roster: readonly EtcdPeer[] | null = null;
  let askedRosterAt = Number.NEGATIVE_INFINITY;

  return keepConnection({
    subject,
    endpoint: access.endpoint,
    deadlineMs,
    open: (endpoint) => openJsonClient(endpoint, false, subject),
    async ask(client) {
      const startedAt = performance.now();
      const { status, body } = await client.post('/v3/maintenance/status', {});
      if (status === 404) throw new StackError('rejected', `${subject} has no JSON gateway`, { cause: noGateway });
      if (status !== 200) throw failure('rejected', subject, undefined, textOf(fieldsOf(body).error));
      if (performance.now() - askedRosterAt > rosterEveryMs) {
        const patience = Math.max(10, Math.floor(0.8 * deadlineMs - (performance.now() - startedAt)));
        const list = client.post('/v3/cluster/member/list', { linearizable: false }, AbortSignal.timeout(patience));
        const answer = await orNull(list, patience);
        roster = answer?.status === 200 ? parseRoster(answer.body) : answer === null ? roster : null;
        askedRosterAt = performance.now();
      }
      return { ...parseStatus(body, subject), roster };
    },
  });
}
