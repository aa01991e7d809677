import { isSilent, takesAway } from './fault-kinds.ts';
import type { Question } from './prediction.ts';
import { elected, election, etcdLoss, mending } from './prediction-etcd.ts';
import { networkTrouble } from './prediction-network.ts';
import { standbyLoss } from './prediction-standby.ts';
import { goesOn, predictionOf, type Step, seconds, step } from './prediction-steps.ts';
import { patroniSettings } from './settings.ts';
import type { Fault, Prediction } from './types.ts';

type Settings = ReturnType<typeof patroniSettings>;

/** etcd looks for ended leases twice a second (etcd server/lease/lessor.go, revokeExpiredLeases). ms */
const expiryMs = 500;
/** A candidate asks the others for their state and waits that long for one that is silent (patroni/ha.py). ms */
const askMs = 2000;
const promote = step(500, 2000, '0.5–2 s to promote');

/** Writes to Postgres through Patroni (patroni/ha.py, patroni/dcs/etcd3.py; docs/dynamic_configuration.rst). */
export function predictPatroni(question: Question): Prediction {
  const { broken, seen } = question;
  const settings = patroniSettings(seen);
  const leader = broken.filter(({ system, name }) => system === 'patroni' && name === seen.report.patroni?.leader);
  const etcd = etcdLoss(question);
  if (!etcd.stands) return withoutEtcd(settings, question);
  const fatal = leader.map(({ fault }) => fault).find(isFatal);
  if (fatal !== undefined) return lost(fatal, settings, question, etcd.leader !== null);
  const kinds = leader.map(({ fault }) => fault.kind);
  if (kinds.includes('patroni-switchover') || kinds.includes('patroni-failover')) return predictionOf(handover);
  if (kinds.includes('crash')) return crash(settings, question);
  const standby = standbyLoss(question, settings);
  if (standby !== null) return standby;
  const sync = settings.synchronousMode !== 'off' && leader.length === 0;
  const network = networkTrouble(
    broken.filter(({ system }) => system === 'patroni'),
    sync ? 'confirmations of the standby' : 'answers',
  );
  if (network !== null) return network;
  if (etcd.leader !== null) {
    return goesOn(
      `Patroni keeps its leader: it asks another etcd, and has ${seconds(settings.retryTimeoutMs)} for that`,
    );
  }
  return broken.some(({ system }) => system === 'patroni')
    ? goesOn('no commit waits for this member, so writes go on')
    : goesOn('Patroni keeps its leader, so writes go on');
}

/** Its lease is no longer renewed. Cut from the replicas or from Redis alone, it keeps that. */
const isFatal = (fault: Fault): boolean =>
  takesAway(fault) && (fault.kind !== 'partition' || fault.from === 'all' || fault.from.includes('etcd'));

const handover = [
  step(300, 3000, 'Postgres is stopped in order and its key given away, which takes 0.3–3 s and waits for no lease'),
  step(0, 2000, 'up to 2 s to promote'),
];

function lost(fault: Fault, settings: Settings, question: Question, etcdToo: boolean): Prediction {
  if (question.seen.report.patroni?.members.length === 1) {
    return predictionOf([step(0, 0, 'there is no other member'), mending(question), started]);
  }
  if (fault.kind === 'stop' || fault.kind === 'restart') return predictionOf(handover);
  const silent = isSilent(fault);
  const asks = step(0, askMs, `up to 2 s to ask the ${silent ? 'silent' : 'dead'} leader for its state`);
  const lease = etcdToo ? renewedLease(settings, question) : [leaseOf(fault, settings, question)];
  const demotes = `the old primary steps down by itself within ${seconds(settings.retryTimeoutMs + settings.loopWaitMs)}`;
  const cut = fault.kind === 'partition' || fault.kind === 'isolate' ? [step(0, 0, demotes)] : [];
  const parts = [...lease, step(0, expiryMs, 'etcd notices that within 0.5 s'), asks, promote, ...cut];
  return predictionOf([...assumed(settings), ...parts]);
}

/** The lease is renewed once a loop, so between nothing and one loop of it is used up. */
function leaseOf(fault: Fault, { ttlMs, loopWaitMs }: Settings, { facts }: Question): Step {
  const whole = [Math.max(0, ttlMs - loopWaitMs), ttlMs] as const;
  const [from, to] = narrowed(whole, facts.leaseLeftMs);
  const after =
    fault.kind === 'kill' ? 'after the kill' : fault.kind === 'pause' ? 'after the freeze' : 'after the cut';
  const rule = `the lease of ${seconds(ttlMs)} is renewed every ${seconds(loopWaitMs)}`;
  const known = from === whole[0] && to === whole[1] ? '' : `and has ${seconds(facts.leaseLeftMs ?? 0)} left, `;
  return step(from, to, `${rule}, ${known}so it ends ${seconds(from, to)} ${after}`);
}

/** etcd tells what is left in whole seconds, cut off. What is about to be renewed may be so before the fault comes. */
function narrowed([from, to]: readonly [number, number], leftMs: number | null): readonly [number, number] {
  if (leftMs === null || leftMs < from + 1000 || leftMs > to) return [from, to];
  return [Math.max(from, leftMs - 1000), Math.min(to, leftMs + 1000)];
}

/** A new etcd leader gives every lease its whole ttl again, and an election timeout (etcd server/lease/lessor.go, Promote). */
function renewedLease({ ttlMs }: Settings, { facts }: Question): readonly Step[] {
  const { etcdElectionMs } = facts;
  const text = `the new etcd leader gives the lease its whole ${seconds(ttlMs)} again, and ${seconds(etcdElectionMs)}`;
  return [election(etcdElectionMs), step(ttlMs, ttlMs + etcdElectionMs, text)];
}

/** Patroni finds it in its next loop and starts it in place (patroni/ha.py, recover), unless it must not take any time. */
function crash(settings: Settings, { seen }: Question): Prediction {
  const { loopWaitMs, primaryStartTimeoutMs, synchronousMode } = settings;
  const notices = step(0, loopWaitMs, `Patroni notices in its next loop, within ${seconds(loopWaitMs)}`);
  const others = (seen.report.patroni?.members.length ?? 0) > 1;
  if (primaryStartTimeoutMs === 0 && others) {
    return predictionOf([
      ...assumed(settings),
      notices,
      step(0, 0, 'primary_start_timeout is 0, so it hands over'),
      ...handover,
    ]);
  }
  // A standby looks for its stream again after wal_retrieve_retry_interval, 5 s by default; Patroni may be sooner to drop it.
  const waitMs = Math.min(5000, loopWaitMs + 1000);
  const again = step(0, waitMs, `up to ${seconds(waitMs)} until a sync standby confirms again`);
  const place = step(300, 3000, 'and starts Postgres again in place, 0.3–3 s with its recovery; no failover');
  return predictionOf([...assumed(settings), notices, place, ...(synchronousMode !== 'off' && others ? [again] : [])]);
}

const started = step(500, 5000, 'then Patroni takes its key again and starts Postgres, within 5 s');

/** Connecting to an etcd that is dead takes Patroni a second, and it tries some of them again to learn who else there is. ms */
const deadMembers = 4000;
/** Its last try ends late, then Postgres is stopped. ms */
const steppingDown = 2000;

/**
 * By when a leader without etcd is read-only, ms: it tries for retry_timeout, after a loop that may just have ended, and one
 * that only failed to tell its position (retry_timeout / 3 at an etcd that takes connections but has no quorum). Seen: 4 to
 * 10.3 s with retry_timeout 5 and loop_wait 2.
 */
export const readOnlyByMs = ({ loopWaitMs, retryTimeoutMs }: Pick<Settings, 'loopWaitMs' | 'retryTimeoutMs'>): number =>
  loopWaitMs + retryTimeoutMs / 3 + deadMembers + retryTimeoutMs + steppingDown;

/** Without the DCS the leader steps down, and takes its own key again when etcd is back. */
function withoutEtcd(settings: Settings, question: Question): Prediction {
  const { loopWaitMs, failsafe } = settings;
  if (failsafe) return goesOn('failsafe_mode keeps the leader while every member answers it');
  return predictionOf([
    ...assumed(settings),
    step(0, 0, `without etcd the leader goes read-only within ${seconds(readOnlyByMs(settings))}`),
    mending(question),
    elected(question.facts.etcdElectionMs),
    step(0, loopWaitMs, `Patroni sees that in its next loop, within ${seconds(loopWaitMs)}`),
    started,
  ]);
}

const assumed = ({ assumed: guessed }: Settings): readonly Step[] =>
  guessed ? [step(0, 0, 'Patroni does not tell its settings, so its defaults are assumed')] : [];
