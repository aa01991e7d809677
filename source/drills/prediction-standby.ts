import { plural } from '../stack/format.ts';
import { parseSyncNames } from '../stack/tolerance.ts';
import { isSilent, takesAway } from './fault-kinds.ts';
import type { Question } from './prediction.ts';
import { goesOn, predictionOf, seconds, step } from './prediction-steps.ts';
import type { patroniSettings } from './settings.ts';
import { confirms } from './targets.ts';
import type { Prediction } from './types.ts';

type Settings = ReturnType<typeof patroniSettings>;

/**
 * Commits wait for a sync standby that is gone until Patroni puts another in its place (patroni/ha.py,
 * process_sync_replication): in its next loop when the stream broke, else when the standby's own lease has ended. Null: no
 * commit waits for who is lost.
 */
export function standbyLoss({ broken, seen }: Question, settings: Settings): Prediction | null {
  const { report, snapshot } = seen;
  if (settings.synchronousMode === 'off') return null;
  const confirming = (report.patroni?.members ?? []).filter((row) => confirms(row.role)).map((row) => row.name);
  const lost = broken.filter(
    ({ system, name, fault }) => system === 'patroni' && confirming.includes(name) && takesAway(fault),
  );
  if (lost.length === 0) return null;
  const setting = snapshot.patroni?.find((member) => member.name === report.patroni?.leader)?.postgres.value;
  const { needed } = parseSyncNames(setting?.synchronousStandbyNames ?? '');
  if (settings.synchronousMode === 'quorum' && confirming.length - lost.length >= needed) {
    const left = confirming.length - lost.length;
    return goesOn(`${plural(left, 'standby')} can still confirm, and commits wait for ${needed}`);
  }
  const { ttlMs, loopWaitMs } = settings;
  const silent = lost.some(({ fault }) => isSilent(fault));
  const heard = silent
    ? [
        step(
          Math.max(0, ttlMs - loopWaitMs),
          ttlMs + 500,
          `its own lease ends after ${seconds(ttlMs - loopWaitMs, ttlMs)}`,
        ),
      ]
    : [];
  return predictionOf([
    step(0, 0, 'commits wait for the sync standby'),
    ...heard,
    step(0, loopWaitMs, `Patroni drops it in its next loop, within ${seconds(loopWaitMs)}`),
    step(0, 1000, 'and Postgres reads that within 1 s'),
  ]);
}
