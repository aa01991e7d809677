import { catalogue } from '../../source/drills/catalogue.ts';
import { planDrill } from '../../source/drills/plan.ts';
import type { Drill, DrillPlan, Facts, Seen } from '../../source/drills/types.ts';
import { report } from '../../source/stack/assess.ts';
import type { PatroniSettings } from '../../source/stack/claims.ts';
import type { Snapshot } from '../../source/stack/snapshot.ts';
import * as h from '../helpers/snapshots.ts';

/** A snapshot with its report, as a drill sees the stack. */
export const seenAs = (snapshot: Snapshot): Seen => ({ snapshot, report: report(snapshot) });

/** The healthy full stack with what is changed of it. */
export const seenWith = (...modifiers: h.Modifier[]): Seen => seenAs(h.having(h.healthySnapshot(), ...modifiers));

export const facts: Facts = { etcdElectionMs: 1000, netem: true, remote: null, journal: [], leaseLeftMs: null };

/** The drill of the catalogue. */
export function drillCalled(id: string): Drill {
  const drill = catalogue.find((one) => one.id === id);
  if (drill === undefined) throw new Error(`no drill is called ${id}`);
  return drill;
}

export const planOf = (id: string, seen: Seen = seenWith(), known: Partial<Facts> = {}): DrillPlan =>
  planDrill(drillCalled(id), seen, { ...facts, ...known });

/** Every Patroni member tells these settings. */
export const settingPatroni = (change: Partial<PatroniSettings>): h.Modifier[] =>
  ['patroni1', 'patroni2', 'patroni3'].map((name) =>
    h.claiming('patroni', name, () => ({ settings: { ...h.patroniSettings, ...change } })),
  );

/** Every Sentinel watches the master with these timings. */
export const settingSentinels = (change: { downAfterMs?: number; failoverTimeoutMs?: number }): h.Modifier[] =>
  ['sentinel1', 'sentinel2', 'sentinel3'].map((name) =>
    h.claiming('sentinel', name, (claim) => ({ masters: claim.masters.map((master) => ({ ...master, ...change })) })),
  );
