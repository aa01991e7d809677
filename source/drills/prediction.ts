import { predictEtcd } from './prediction-etcd.ts';
import { predictPatroni, readOnlyByMs } from './prediction-patroni.ts';
import { predictRedis } from './prediction-redis.ts';
import type { Broken } from './prediction-steps.ts';
import { patroniSettings } from './settings.ts';
import {
  type Drill,
  type DrillPlan,
  type Facts,
  type Measured,
  measuredSystems,
  type Prediction,
  type Seen,
} from './types.ts';

/** What a prediction is made of. */
export type Question = {
  readonly broken: readonly Broken[];
  readonly hold: Drill['hold'];
  readonly seen: Seen;
  readonly facts: Facts;
};

/** Where the faults come one after the other, it is the last that decides, and the first from which is counted. */
function later(prediction: Prediction, lastMs: number): Prediction {
  if (lastMs === 0 || prediction.maxMs === 0) return prediction;
  const { minMs, maxMs, boundMs, why } = prediction;
  return {
    minMs: minMs + lastMs,
    maxMs: maxMs + lastMs,
    boundMs: boundMs + lastMs,
    why: `the last fault comes ${lastMs / 1000} s after the first; ${why}`,
  };
}

const predictors = { patroni: predictPatroni, redis: predictRedis, etcd: predictEtcd } as const;

/**
 * How long writes will be out, for each system that the drill watches: from the injection to the first write that lasts,
 * or, where writes are out until the fault is mended, to the first one after that.
 */
export function predict(drill: Drill, breaks: DrillPlan['breaks'], seen: Seen, facts: Facts): DrillPlan['predictions'] {
  const broken = breaks.flatMap(({ fault, targets }) => targets.map(({ name, system }) => ({ fault, name, system })));
  const question = { broken, hold: drill.hold, seen, facts };
  const watched = measuredSystems.filter((system) => drill.expects[system] !== undefined);
  const lastMs = Math.max(0, ...breaks.map(({ afterMs = 0 }) => afterMs));
  return Object.fromEntries(watched.map((system: Measured) => [system, later(predictors[system](question), lastMs)]));
}

/** etcd and Redis stop at once; what is under way then has ended by now. ms */
const atOnce = 1000;
/** Where a drill stops all writes until it is mended: by when they have stopped, from the injection. ms */
export function stopsByMs(system: Measured, seen: Seen): number {
  if (system !== 'patroni') return atOnce;
  return readOnlyByMs(patroniSettings(seen));
}
