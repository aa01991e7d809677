import { patroniSettings } from './settings.ts';
import { confirms } from './targets.ts';
import { type Drill, type Expectation, type Facts, measuredSystems, type Seen } from './types.ts';

/**
 * What the live stack changes of a drill: who there is to watch, what is promised, and what the kernel can do. Fitting what
 * is fitted changes nothing.
 */
export function fitted(drill: Drill, seen: Seen, facts: Facts): Drill {
  const settings = patroniSettings(seen);
  const changed = withoutStandby(facts.netem === false ? withoutNetem(drill) : drill, seen);
  const present = measuredSystems.filter((system) => (seen.snapshot[system]?.length ?? 0) > 0);
  const expects = Object.fromEntries(
    present.flatMap((system) => {
      const expectation = changed.expects[system];
      if (expectation === undefined) return [];
      return [[system, system === 'patroni' ? promised(expectation, changed, settings, seen) : expectation]];
    }),
  );
  return { ...changed, expects };
}

function promised(
  expectation: Expectation,
  drill: Drill,
  settings: ReturnType<typeof patroniSettings>,
  seen: Seen,
): Expectation {
  // Without synchronous replication an acknowledged write may be on nobody but the leader.
  const loss = settings.synchronousMode === 'off' ? 'as-configured' : expectation.loss;
  if (expectation.outage === 'until-healed' && settings.failsafe) {
    return { ...expectation, loss, change: 'same-leader', outage: 'none' };
  }
  const crash = drill.breaks.some(({ fault }) => fault.kind === 'crash');
  const alone = (seen.snapshot.patroni?.length ?? 0) < 2;
  if (crash && settings.primaryStartTimeoutMs === 0 && !alone) return { ...expectation, loss, change: 'new-leader' };
  return { ...expectation, loss };
}

/** Where the kernel has no netem, `slow-network` loses a few packets and narrows the rest. */
function withoutNetem(drill: Drill): Drill {
  const [only] = drill.breaks;
  if (only === undefined || drill.id.split(':')[0] !== 'slow-network') return drill;
  const { target } = only;
  return {
    ...drill,
    does: `This kernel cannot delay packets (no netem): ${typeof target === 'string' ? 'the sync standby' : target.member} loses 5 % of them instead, and sends at most 1000 kbit/s.`,
    breaks: [
      { fault: { kind: 'loss', percent: 5 }, target },
      { fault: { kind: 'rate', kbit: 1000 }, target },
    ],
    // What is lost comes late, up to seconds.
    expects: Object.fromEntries(
      Object.entries(drill.expects).map(([system, one]) => [system, { ...one, outage: 'expected' }]),
    ),
  };
}

/** Where no commit waits for a standby, a slow one is not noticed, so the leader is made slow. */
function withoutStandby(drill: Drill, { report }: Seen): Drill {
  const { patroni } = report;
  const slows = drill.breaks.every(({ fault }) => ['delay', 'loss', 'rate'].includes(fault.kind));
  if (!slows || patroni === null || patroni.syncMode !== 'off' || patroni.members.some((row) => confirms(row.role))) {
    return drill;
  }
  return {
    ...drill,
    does: drill.does.replace('sync standby', 'leader'),
    breaks: drill.breaks.map((one) =>
      one.target === 'patroni.sync_standby' ? { ...one, target: 'patroni.leader' as const } : one,
    ),
  };
}
