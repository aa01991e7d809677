import { count, plural } from '../stack/format.ts';
import type { DrillVerdict, Expectation, SystemResult } from './types.ts';
import { limit, seconds, span } from './words.ts';

/** What was measured of a system, and what it is held to. */
export type Measurement = Pick<
  SystemResult,
  'system' | 'predicted' | 'phases' | 'outageMs' | 'twoPrimariesMs' | 'leaderBefore' | 'leaderAfter'
> & {
  readonly expects: Expectation;
  readonly writes: Pick<SystemResult['writes'], 'acked' | 'lost' | 'unexpected' | 'durability'>;
  /** When the acknowledged writes that survived were acknowledged: ms from the injection, before it negative. */
  readonly survivedMs: readonly number[];
  /** Where the drill is to stop all writes until it is healed: by when they must have stopped, ms from the injection. */
  readonly stopsByMs: number;
  /** Writes stop and go on all the time, so it is the longest gap that counts: no single moment brings them back. */
  readonly fitful: boolean;
  /** The ledger could hold no more before the end. */
  readonly full: boolean;
};

export type Evidence = {
  /** Why it was not run, in sentences; empty: it was. */
  readonly missing: readonly string[];
  /** Ended by a person before its time. */
  readonly stopped: boolean;
  /** Mended by somebody else before its time. */
  readonly meddled: boolean;
  readonly healed: boolean;
  /** When healing began, ms from the injection; null: there was nothing to mend. */
  readonly healingMs: number | null;
  readonly systems: readonly Measurement[];
};

export type Judgement = {
  readonly verdict: DrillVerdict;
  /** One sentence or a few. */
  readonly why: string;
  /** In the order of the evidence. */
  readonly systems: readonly Pick<SystemResult, 'system' | 'asPredicted' | 'failures'>[];
};

/** Where writes are to go on, some may be so late, ms. */
const lateMs = 1_000;

/**
 * What a drill proved. A failure that is certain outweighs what could not be measured; a time outside the prediction is no
 * failure, but is said. Pure.
 */
export function judge(evidence: Evidence): Judgement {
  if (evidence.missing.length > 0) return { verdict: 'not-run', why: sentences(evidence.missing), systems: [] };
  const systems = evidence.systems.map((one) => {
    const unclear = unclearOf(one, evidence);
    return { one, unclear, failures: failuresOf(one, evidence), asPredicted: asPredicted(one, evidence) };
  });
  const failures = [
    ...systems.flatMap((each) => each.failures),
    ...(evidence.healed ? [] : ['Not everything is healed']),
  ];
  const unclear = [
    ...(evidence.stopped ? ['It was stopped before its end'] : []),
    ...(evidence.meddled ? ['Somebody else undid the fault while it was measured'] : []),
    ...systems.flatMap((each) => each.unclear),
    ...(systems.length === 0 ? ['Nothing was measured'] : []),
  ];
  const verdict = failures.length > 0 ? 'failed' : unclear.length > 0 ? 'inconclusive' : 'passed';
  const why =
    verdict === 'passed'
      ? systems.map(({ one, ...each }) => wentWell(one, each.asPredicted, evidence))
      : [...failures, ...unclear];
  return {
    verdict,
    why: sentences(why),
    systems: systems.map(({ one, failures: own, asPredicted: inside }) => ({
      system: one.system,
      failures: own,
      asPredicted: inside,
    })),
  };
}

const sentences = (texts: readonly string[]): string => texts.map((text) => text.replace(/\.?$/, '.')).join(' ');

const wroteBefore = ({ survivedMs, writes }: Measurement): boolean =>
  survivedMs.some((at) => at < 0) || (writes.lost === null && writes.acked > 0);

/** Why nothing, or not enough, can be said about a system. */
function unclearOf(one: Measurement, { stopped, healingMs }: Evidence): string[] {
  const { system, expects, writes } = one;
  if (!wroteBefore(one)) return [`${system}: no write from before the fault is there to compare with`];
  const soon = expects.outage === 'until-healed' && (healingMs === null || healingMs <= one.stopsByMs);
  const nobody = expects.change !== 'either' && (one.leaderBefore === null || one.leaderAfter === null);
  return [
    ...(writes.lost === null
      ? [`${system}: nobody could read back what was written, so what was lost is not known`]
      : []),
    ...(one.full ? [`${system}: the ledger was full before the end: write less often, with --rate`] : []),
    ...(soon && !stopped ? [`${system}: healed before writes were bound to stop, so nothing was seen`] : []),
    ...(nobody ? [`${system}: who led ${one.leaderBefore === null ? 'before' : 'afterwards'} is not known`] : []),
  ];
}

/** What was expected and certainly did not come about. */
function failuresOf(one: Measurement, { stopped, meddled, healingMs }: Evidence): string[] {
  const { system, expects, writes, outageMs, leaderBefore, leaderAfter } = one;
  const failures: string[] = [];
  if ((writes.unexpected ?? 0) > 0)
    failures.push(`${system}: ${plural(writes.unexpected ?? 0, 'id')} read back that nobody ever wrote`);
  if (expects.loss === 'none' && (writes.lost ?? 0) > 0) failures.push(`${system}: ${lostWords(one)}`);
  // Cut short, meddled with, or with nothing to compare with, a time and a leader say nothing.
  if (stopped || meddled || one.full || !wroteBefore(one)) return failures;

  const tookMs = recoveryMs(one, healingMs);
  if (tookMs === null && writes.lost !== null) failures.push(`${system} did not become writable again`);
  if (tookMs !== null && tookMs > expects.targetMs)
    failures.push(`${system} writable ${seconds(tookMs)} after ${sinceWhat(one)}, target ${limit(expects.targetMs)}`);
  if (one.fitful && outageMs !== null && outageMs > expects.targetMs)
    failures.push(`${system}: writes stopped for ${seconds(outageMs)}, target ${limit(expects.targetMs)}`);

  const mostMs = Math.max(lateMs, one.predicted.maxMs);
  if (expects.outage === 'none' && outageMs !== null && outageMs > mostMs)
    failures.push(`${system}: writes were to go on, but stopped for ${seconds(outageMs)} (at most ${limit(mostMs)})`);
  if (expects.outage === 'until-healed' && healingMs !== null) {
    const wrongly = one.survivedMs.filter((at) => at > one.stopsByMs && at < healingMs);
    if (wrongly.length > 0)
      failures.push(
        `${system}: no write was to last before the healing, but ${count(wrongly.length)} did, the first ${seconds(Math.min(...wrongly))} after the fault`,
      );
  }

  if (leaderBefore !== null && leaderAfter !== null) {
    if (expects.change === 'new-leader' && leaderAfter === leaderBefore)
      failures.push(`${system}: a new leader was expected, but ${leaderBefore} leads as before`);
    if (expects.change === 'same-leader' && leaderAfter !== leaderBefore)
      failures.push(`${system}: ${leaderBefore} was expected to stay leader, but ${leaderAfter} leads`);
  }
  return failures;
}

/** Held down on purpose, a system is held to its target from the healing on. */
function recoveryMs({ expects, phases }: Measurement, healingMs: number | null): number | null {
  if (phases.writableMs === null) return null;
  return expects.outage === 'until-healed' ? Math.max(0, phases.writableMs - (healingMs ?? 0)) : phases.writableMs;
}
const sinceWhat = ({ expects }: Measurement): string =>
  expects.outage === 'until-healed' ? 'the healing' : 'the fault';

/** Whether the measured time lies inside the prediction; null: not measured. */
function asPredicted(one: Measurement, { stopped, meddled }: Evidence): boolean | null {
  if (stopped || meddled || one.full || !wroteBefore(one)) return null;
  const { predicted, outageMs, phases } = one;
  if (predicted.maxMs === 0) return outageMs === null ? null : outageMs <= lateMs;
  if (one.fitful) return outageMs === null ? null : outageMs <= predicted.maxMs;
  return phases.writableMs === null
    ? null
    : phases.writableMs >= predicted.minMs && phases.writableMs <= predicted.maxMs;
}

function wentWell(one: Measurement, inside: boolean | null, { healingMs }: Evidence): string {
  const { system, expects, predicted, outageMs, phases, twoPrimariesMs, writes } = one;
  const either = 'either the stack or the model is wrong';
  const fits = inside === false ? `: ${either}` : '';
  const went =
    one.fitful && predicted.maxMs > 0
      ? `${system}: writes stopped for ${seconds(outageMs)} at most, predicted up to ${limit(predicted.maxMs)}${fits}`
      : predicted.maxMs === 0
        ? inside === false
          ? `${system} was to go on taking writes, but they stopped for ${seconds(outageMs)}: ${either}`
          : `${system}: writes went on (longest gap ${seconds(outageMs)})`
        : inside === false
          ? `${system} writable after ${seconds(phases.writableMs)}, predicted ${span(predicted)}: ${either}`
          : expects.outage === 'until-healed'
            ? `${system} took no writes until it was healed, as expected, and was writable ${seconds(recoveryMs(one, healingMs))} after that`
            : `${system} writable after ${seconds(phases.writableMs)} (target ${limit(expects.targetMs)}, predicted ${span(predicted)})`;
  const two = twoPrimariesMs > 0 ? [`two members took writes for ${seconds(twoPrimariesMs)}`] : [];
  const lost = (writes.lost ?? 0) > 0 ? lostWords(one) : 'no acknowledged write lost';
  return [went, ...two, lost].join(inside === false ? '; ' : ', ');
}

const lostWords = ({ writes }: Measurement): string =>
  `${count(writes.lost)} of ${count(writes.acked)} acknowledged writes lost (${writes.durability})`;
