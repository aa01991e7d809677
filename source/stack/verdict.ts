import { duration, plain } from './format.ts';
import { sortReasons, worst } from './levels.ts';
import { because } from './member-reasons.ts';
import type { Level, Reason } from './report.ts';
import type { Snapshot } from './snapshot.ts';
import { systems } from './topology.ts';

/** Without the engine, what is older than this many intervals says nothing of now. */
const oldAfter = 3;

/** The verdict on the whole, worst reason first. What the containers' engine cannot tell is unknown, not down. */
export function verdictOf(
  snapshot: Snapshot,
  reasons: readonly Reason[],
): { readonly level: Level; readonly reasons: readonly Reason[] } {
  const watched = snapshot.containers.length > 0 || systems.some((system) => (snapshot[system]?.length ?? 0) > 0);
  const engine = engineReason(snapshot, watched);
  if (engine !== null && (!watched || isOld(snapshot))) return { level: 'unknown', reasons: [engine] };
  if (!watched) {
    const nothing = because('engine', 'unknown', null, 'nothing to watch: no container of a known system was found');
    return { level: 'unknown', reasons: [nothing] };
  }
  const all = sortReasons(engine === null ? reasons : [engine, ...reasons]);
  return { level: worst(all), reasons: all };
}

/** The engine is away, and so long that the readings are from before: nothing can be said of now. */
export const isOld = (snapshot: Snapshot): boolean =>
  snapshot.engine.state === 'reconnecting' && snapshot.at - lastAnswer(snapshot) > oldAfter * snapshot.intervalMs;

function lastAnswer(snapshot: Snapshot): number {
  const answers = systems.flatMap((system) => (snapshot[system] ?? []).map((member) => member.reading.at ?? 0));
  return Math.max(0, ...answers);
}

function engineReason(snapshot: Snapshot, watched: boolean): Reason | null {
  const { engine } = snapshot;
  const message = engine.problem === null ? null : plain(engine.problem.message);
  if (engine.state === 'connected') {
    const text = `the containers cannot be surveyed: ${message}`;
    return message === null ? null : because('engine', 'unknown', null, text);
  }
  if (engine.version === null && !watched)
    return because('engine', 'unknown', null, message ?? 'no container engine has answered yet');
  const why = message === null ? '' : `: ${message}`;
  const since = duration(Math.max(0, snapshot.at - engine.since));
  const old = isOld(snapshot) ? '; what is shown is from before' : '';
  return because('engine', 'unknown', null, `the container engine has not answered for ${since}${old}${why}`);
}
