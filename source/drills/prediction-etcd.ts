import { isSilent, takesAway } from './fault-kinds.ts';
import type { Question } from './prediction.ts';
import { networkTrouble } from './prediction-network.ts';
import { goesOn, predictionOf, type Step, seconds, step } from './prediction-steps.ts';
import type { Fault, Prediction } from './types.ts';

/** Who of etcd is taken away, and what that means for it. `stands`: a quorum is left. */
export function etcdLoss({ broken, seen }: Question): {
  readonly leader: Fault | null;
  readonly stands: boolean;
  readonly left: number;
  readonly needed: number;
} {
  const etcd = seen.report.etcd;
  const lost = broken.filter(({ fault, system }) => system === 'etcd' && takesAway(fault));
  const leader = lost.find(({ name }) => name === etcd?.leader)?.fault ?? null;
  const left = (etcd?.quorum.healthy ?? 0) - lost.length;
  const needed = etcd?.quorum.needed ?? 0;
  return { leader, stands: lost.length === 0 || left >= needed, left, needed };
}

/** Followers wait one to two election timeouts from the last heartbeat (every tenth of one) before they vote (etcd raft). */
export function election(electionMs: number): Step {
  const [least, most] = [0.9 * electionMs, 2 * electionMs];
  const text = `followers wait ${seconds(least, most)} for a heartbeat, then vote within 0.5 s`;
  return step(least, most + 500, text);
}

/** How long it is held, and how long it takes to be mended. ms */
export function mending({ hold, broken }: Question): Step {
  const held = typeof hold === 'object' ? hold.ms : 0;
  const slow = broken.some(({ fault }) => fault.kind === 'kill' || fault.kind === 'stop');
  const text = held === 0 ? 'until it is mended' : `it is left so for ${seconds(held)}`;
  return slow
    ? step(held, held + 5000, `${text} and started again within 5 s`)
    : step(held, held + 1500, `${text} and mended within 1.5 s`);
}

/** Back from nothing: members start and elect among themselves. */
export const elected = (electionMs: number): Step =>
  step(0, 3 * electionMs + 500, `then etcd elects within ${seconds(3 * electionMs + 500)}`);

/** Writes through etcd. `electionMs` is its election timeout. */
export function predictEtcd(question: Question): Prediction {
  const { broken, facts } = question;
  const { leader, stands, left, needed } = etcdLoss(question);
  if (!stands) {
    const short = `${left} of ${needed} needed members are left, so that nobody can write`;
    return predictionOf([step(0, 0, short), mending(question), elected(facts.etcdElectionMs)]);
  }
  if (leader?.kind === 'stop' || leader?.kind === 'restart') {
    return predictionOf([step(0, facts.etcdElectionMs, 'an etcd leader that is stopped hands over before it goes')]);
  }
  if (leader !== null) {
    const late = isSilent(leader) ? [step(0, 500, 'clients of the silent member try another')] : [];
    return predictionOf([election(facts.etcdElectionMs), ...late]);
  }
  if (broken.some(({ fault }) => fault.kind === 'etcd-move-leader')) {
    return goesOn('the leader hands over within a heartbeat or two, without an election timeout');
  }
  const own = broken.filter(({ system }) => system === 'etcd');
  const network = networkTrouble(own, 'answers');
  if (network !== null) return network;
  return goesOn(own.length > 0 ? 'the leader and its quorum stay, so writes go on' : 'nothing of etcd is broken');
}
