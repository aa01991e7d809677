import { parseSyncNames } from '../stack/tolerance.ts';
import { isSilent, takesAway } from './fault-kinds.ts';
import type { Question } from './prediction.ts';
import { type Broken, goesOn, predictionOf, seconds, step } from './prediction-steps.ts';
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
    return goesOn(`${confirming.length - lost.length} standbys are left to confirm, and ${needed} must`);
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

/** Members stay where they are. A segment that is lost is sent again after 0.2 s, 0.4 s, 0.8 s and so on (RFC 6298, Linux). */
export function networkTrouble(broken: readonly Broken[], settings: Settings): Prediction {
  const waits = settings.synchronousMode === 'off' ? 'answers' : 'confirmations of the standby';
  const worst = Math.max(
    ...broken.map(({ fault }) =>
      fault.kind === 'delay' ? 4 * (fault.ms + fault.jitterMs) : fault.kind === 'loss' ? 3000 : 1000,
    ),
  );
  const kinds = broken.map(({ fault }) => fault.kind);
  if (kinds.includes('loss')) {
    const text = `${waits} that are lost are sent again after 0.2 s, then after twice as long each time; 3 s for four in a row`;
    return predictionOf([step(0, worst, text)]);
  }
  return goesOn(`every member stays where it is; ${waits} are late`, Math.max(1000, worst));
}
