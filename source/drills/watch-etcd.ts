import type { Access } from '../engine/types.ts';
import { parseStatus } from '../probes/etcd-answers.ts';
import { type EtcdGateway, openEtcdGateway } from '../probes/etcd-gateway.ts';
import { mostNamed } from '../stack/members.ts';
import type { Signal } from './types.ts';
import type { Watching } from './watch-leader-key.ts';

const everyMs = 100;
const deadlineMs = 300;
const openDeadlineMs = 1_500;

/** What one member answered; ids are hex. */
export type EtcdAnswer = { readonly memberId: string; readonly leaderId: string | null; readonly term: number };

/**
 * Asks each etcd member every 100 ms whom it follows: there is nothing that pushes it. Each over a connection of its own,
 * for 300 ms at most, so that one that hangs holds nobody up. Resolves when each has answered or failed once.
 */
export async function watchEtcd(access: readonly Access[], tell: (signal: Signal) => void): Promise<Watching> {
  const etcd = access.filter(({ member, endpoint }) => member.system === 'etcd' && endpoint !== null);
  const reader = statusReader(
    etcd.map(({ member }) => member.name),
    tell,
  );
  const polls = etcd.map((way) => poll(openEtcdGateway(way), way.member.name, reader));
  await Promise.all(polls.map(({ first }) => first));
  return {
    close() {
      for (const { close } of polls) close();
    },
  };
}

function poll(gateway: EtcdGateway, name: string, read: ReturnType<typeof statusReader>) {
  let busy = false;
  let patience = openDeadlineMs;
  const ask = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      const status = await gateway.call('/v3/maintenance/status', {}, patience);
      read(name, parseStatus(status, name), performance.now());
    } catch {
      read(name, null, performance.now()); // silence is not a claim: the others tell
    } finally {
      busy = false;
      patience = deadlineMs;
    }
  };
  const timer = setInterval(() => void ask(), everyMs);
  return {
    first: ask(),
    close() {
      clearInterval(timer);
      gateway.close();
    },
  };
}

/**
 * From answers to signals. Detected: a member that answers follows nobody, or somebody else. Elected: a majority of all
 * members agree on one leader, other than before or in a later term; who does not answer agrees with nobody.
 */
export function statusReader(names: readonly string[], tell: (signal: Signal) => void) {
  const latest = new Map<string, EtcdAnswer | null>();
  const nameById = new Map<string, string>();
  const needed = Math.floor(names.length / 2) + 1;
  let agreed: { readonly leaderId: string; readonly term: number } | null = null;
  let detected = false;
  const nameOf = (id: string) => nameById.get(id) ?? id;

  return (name: string, answer: EtcdAnswer | null, at: number): void => {
    const before = latest.get(name) ?? null;
    latest.set(name, answer);
    if (answer !== null) nameById.set(answer.memberId, name);
    const signal = (kind: Signal['kind'], text: string, source: string) =>
      tell({
        kind,
        system: 'etcd',
        at,
        source,
        text,
        ...(kind === 'elected' && agreed ? { leader: nameOf(agreed.leaderId) } : {}),
      });

    if (answer !== null && agreed !== null && answer.term >= agreed.term && answer.leaderId !== agreed.leaderId) {
      const text = answer.leaderId === null ? 'knows no leader' : `follows ${nameOf(answer.leaderId)}`;
      if (!detected) signal('detected', `${text}; before: ${nameOf(agreed.leaderId)}`, name);
      else if (before?.leaderId !== answer.leaderId) signal('note', text, name);
      detected = true;
    } else if (
      detected &&
      agreed !== null &&
      answer?.leaderId === agreed.leaderId &&
      before?.leaderId !== answer.leaderId
    ) {
      detected = false;
      signal('note', `follows ${nameOf(agreed.leaderId)} again`, name);
    }
    const answers = [...latest.values()].filter((value) => value !== null);
    const top = mostNamed(answers.map(({ leaderId, term }) => (leaderId === null ? null : `${term} ${leaderId}`)));
    if (top === null || top.votes < needed) return;
    const [term = '0', leaderId = ''] = top.value.split(' ');
    const now = { leaderId, term: Number(term) };
    if (agreed !== null && now.term <= agreed.term) return;
    const first = agreed === null;
    agreed = now;
    detected = false;
    if (!first) signal('elected', `${nameOf(leaderId)} leads in term ${term}`, 'etcd');
  };
}
