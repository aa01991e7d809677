import { isNetworkFault } from './fault-kinds.ts';
import { type Broken, goesOn, predictionOf, step } from './prediction-steps.ts';
import type { Fault, Prediction } from './types.ts';

/** A segment that is lost is sent again after 0.2 s, then after twice as long each time (RFC 6298; Linux TCP_RTO_MIN). ms */
const fourLost = 3000;
/** Later than this is not going on. ms */
const late = 1000;

/**
 * Members that stay where they are, on a worse network; null: nobody's network is made worse. `waits`: what a write waits
 * for from them.
 */
export function networkTrouble(broken: readonly Broken[], waits: string): Prediction | null {
  const faults = broken.map(({ fault }) => fault).filter(isNetworkFault);
  if (faults.length === 0) return null;
  if (faults.some(({ kind }) => kind === 'loss')) {
    const text = `${waits} that are lost are sent again after 0.2 s, then after twice as long each time; 3 s for four in a row`;
    return predictionOf([step(0, fourLost, text)]);
  }
  const worst = Math.max(...faults.map(roundTrips));
  const why = `every member stays where it is; ${waits} come late`;
  return worst <= late ? goesOn(why) : predictionOf([step(0, worst, why)]);
}

/** A new connection takes a few of them. */
const roundTrips = (fault: Fault): number => (fault.kind === 'delay' ? 4 * (fault.ms + fault.jitterMs) : 0);
