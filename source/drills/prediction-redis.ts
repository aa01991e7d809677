import { isSilent, takesAway } from './fault-kinds.ts';
import type { Question } from './prediction.ts';
import { mending } from './prediction-etcd.ts';
import { networkTrouble } from './prediction-network.ts';
import { goesOn, predictionOf, seconds, step } from './prediction-steps.ts';
import { sentinelSettings } from './settings.ts';
import type { Fault, Prediction } from './types.ts';

/** Sentinels ask the others once a second (sentinel.c, SENTINEL_ASK_PERIOD), and ping as often, or every down-after. ms */
const askMs = 1000;
const pingMs = 1000;
/** And ask for INFO so often (SENTINEL_INFO_PERIOD). ms */
const infoMs = 10_000;
/** A Sentinel's timer runs at least ten times a second. ms */
const timerMs = 200;

/** Writes to Redis through the Sentinels (redis src/sentinel.c). */
export function predictRedis(question: Question): Prediction {
  const { broken, seen } = question;
  const master = broken.filter(({ system, name }) => system === 'redis' && name === seen.report.redis?.master);
  const kinds = master.map(({ fault }) => fault.kind);
  if (kinds.includes('redis-switchover')) {
    return predictionOf([
      step(
        0,
        2000,
        `writes go on until a Sentinel has seen who is to follow, up to ${seconds(infoMs)}; then they are held until the replica has them all and is promoted, 2 s at most`,
      ),
    ]);
  }
  if (kinds.includes('sentinel-failover')) {
    const text = 'no vote is needed, so a replica is promoted within 2 s, and until the old master is corrected';
    return predictionOf([step(0, 2000, `${text}, about 10 s, both take writes`)]);
  }
  const fault = master.map((one) => one.fault).find(isFatal);
  if (fault === undefined) {
    const network = networkTrouble(
      broken.filter(({ system }) => system === 'redis'),
      'answers',
    );
    return network ?? goesOn(aside(question));
  }
  if (!canElect(question)) {
    return predictionOf([step(0, 0, 'nobody is there who could promote a replica'), mending(question)]);
  }
  return failover(fault, question);
}

/** The Sentinels lose sight of it. Cut from the replicas alone, it is still master. */
const isFatal = (fault: Fault): boolean =>
  takesAway(fault) && (fault.kind !== 'partition' || fault.from === 'all' || fault.from.includes('sentinel'));

function failover(fault: Fault, { seen }: Question): Prediction {
  const { downAfterMs = 30_000, failoverTimeoutMs = 180_000 } = sentinelSettings(seen) ?? {};
  const down = seconds(downAfterMs);
  const ping = Math.min(pingMs, downAfterMs);
  const restart = fault.kind === 'restart';
  const unheard = isSilent(fault)
    ? step(
        downAfterMs,
        downAfterMs + ping + timerMs,
        `its silence begins with the next PING, within ${seconds(ping)}, and is called down after ${down}`,
      )
    : step(
        restart ? 0 : downAfterMs,
        downAfterMs + timerMs,
        `its connections break at once, and after ${down} without an answer it is called down`,
      );
  return predictionOf([
    ...(restart ? [step(0, 0, 'back before that, it stays master')] : []),
    unheard,
    step(0, askMs, 'up to 1 s until the Sentinels have agreed, for they ask each other once a second'),
    step(
      0,
      1000,
      `up to 1 s to vote and promote (a tied vote, which is rare, costs ${seconds(2 * failoverTimeoutMs)})`,
    ),
  ]);
}

/** Whether a replica and a majority of the Sentinels are left. */
function canElect({ broken, seen: { report } }: Question): boolean {
  const lostOf = (system: 'redis' | 'sentinel') =>
    broken.filter((one) => one.system === system && takesAway(one.fault)).length;
  const { sentinel, redis } = report;
  if (sentinel === null || redis === null) return false;
  const left = sentinel.quorum.healthy - lostOf('sentinel');
  return left >= Math.max(sentinel.quorum.majority, sentinel.quorum.needed) && redis.members.length > lostOf('redis');
}

function aside({ broken }: Question): string {
  if (broken.some(({ system, fault }) => system === 'sentinel' && takesAway(fault))) {
    return 'the Sentinels only watch: the master does not miss one of them';
  }
  return broken.some(({ system }) => system === 'redis')
    ? 'replication is asynchronous: the master waits for no replica'
    : 'nothing of Redis is broken';
}
