import { isFields } from '../probes/fields.ts';
import { parseSettings } from '../probes/patroni.ts';
import type { PatroniSettings } from '../stack/claims.ts';
import { bytes, duration, list } from '../stack/format.ts';
import { claimsOf, sizeOf } from './facts-seen.ts';
import type { DoctorFacts, PatroniFacts } from './facts-types.ts';
import type { Ailment, Check } from './types.ts';

const docs = 'https://patroni.readthedocs.io/en/latest';

/** What is wrong with how Patroni is set, and with what it was left in. */
export const patroniChecks: readonly Check[] = [
  {
    id: 'patroni.ttl-rule',
    area: 'patroni',
    what: 'the timings leave a leader time to keep its key',
    why: 'A leader that has to ask etcd a second time would lose its key meanwhile, and demote itself without need.',
    mend: 'Raise ttl, or lower retry_timeout, until loop_wait + 2 × retry_timeout ≤ ttl: patronictl edit-config --set ttl=…',
    source: `${docs}/dynamic_configuration.html (loop_wait + 2 * retry_timeout <= ttl)`,
    find: (facts) => ofSettings(facts, ttlRule),
  },
  {
    id: 'patroni.async',
    area: 'patroni',
    what: 'no acknowledged write is lost with the leader',
    why: 'Without synchronous mode a replica that lacks the newest writes may be promoted, and those are gone for good.',
    mend: 'patronictl edit-config --set synchronous_mode=true',
    source: `${docs}/replication_modes.html (asynchronous mode durability)`,
    find: (facts) => (sizeOf(facts, 'patroni') < 2 ? [] : ofSettings(facts, asynchronous)),
  },
  {
    id: 'patroni.synchronous-commit',
    area: 'patroni',
    what: 'commits wait for the sync standby',
    why: 'A commit that waits for nobody is acknowledged before the standby has it, whatever Patroni is set to.',
    mend: 'patronictl edit-config --pg synchronous_commit=on',
    source: `${docs}/replication_modes.html (synchronous_commit)`,
    find: (facts) => ofSettings(facts, (settings) => commitsAlone(settings, facts.patroni)),
  },
  {
    id: 'patroni.rewind',
    area: 'patroni',
    what: 'a former leader can be turned back into a replica',
    why: 'After a failover the old leader often has writes that nobody else has; without pg_rewind it stays out until it is copied anew.',
    mend: 'patronictl edit-config --set postgresql.use_pg_rewind=true',
    source: `${docs}/dynamic_configuration.html (use_pg_rewind); postgresql.org/docs/current/app-pgrewind.html`,
    find: ({ patroni }) => [...withoutRewind(patroni), ...patroni.flatMap(unableToRewind)],
  },
  {
    id: 'patroni.checksums',
    area: 'patroni',
    what: 'damaged pages are noticed',
    why: 'Without checksums a page that the disk has damaged is served, and copied to the replicas, as if it were right.',
    mend: 'Stop the member, run pg_checksums --enable on its data, start it; each in turn, the leader last.',
    source: 'postgresql.org/docs/current/checksums.html',
    find: ({ patroni }) => patroni.flatMap(checksums),
  },
  {
    id: 'patroni.pending-restart',
    area: 'patroni',
    what: 'settings are at work',
    why: 'A setting that waits for a restart comes into force at the next failover, when nobody expects it.',
    mend: 'patronictl restart --pending, or the action "restart (pending only)".',
    source: `${docs}/rest_api.html (pending_restart)`,
    find: ({ patroni }) => patroni.flatMap(pending),
  },
  {
    id: 'patroni.paused',
    area: 'patroni',
    what: 'automatic failover is on',
    why: 'In maintenance mode nobody takes over when the leader dies.',
    mend: 'patronictl resume, or the action "resume".',
    source: `${docs}/pause.html`,
    find: (facts) => maintenance(facts),
  },
  {
    id: 'patroni.nofailover',
    area: 'patroni',
    what: 'somebody may take over',
    why: 'A member tagged nofailover is never promoted: when all replicas are, the leader has no successor.',
    mend: 'Remove the nofailover tag from the configuration of a replica and reload it: patronictl reload.',
    source: `${docs}/yaml_configuration.html (tags)`,
    find: (facts) => noSuccessor(facts),
  },
  {
    id: 'patroni.patronictl',
    area: 'patroni',
    what: 'patronictl starts in the container',
    why: 'When it is needed it is too late to install Python modules: distributions and images forget ydiff, cdiff and others.',
    mend: 'Install the module into the image, from the same source as Patroni; until then its REST interface does the same.',
    source: 'https://github.com/patroni/patroni/issues/3104',
    find: ({ patroni }) => patroni.flatMap(unusable),
  },
];

/** The settings are the cluster's: any member's answer will do. */
function ofSettings(
  { patroni }: DoctorFacts,
  judge: (settings: PatroniSettings, config: Readonly<Record<string, unknown>>) => readonly Ailment[],
): readonly Ailment[] {
  const config = patroni.find((member) => member.config !== null)?.config;
  if (!isFields(config)) return [];
  // Left out, each has Patroni's default.
  const settings = parseSettings({ ttl: 30, ...config });
  return settings === null ? [] : judge(settings, config);
}

function ttlRule({ ttlMs, loopWaitMs, retryTimeoutMs }: PatroniSettings): readonly Ailment[] {
  const least = loopWaitMs + 2 * retryTimeoutMs;
  if (least <= ttlMs) return [];
  const text =
    `ttl is ${duration(ttlMs)}, but loop_wait ${duration(loopWaitMs)} + 2 × retry_timeout ` +
    `${duration(retryTimeoutMs)} take ${duration(least)}`;
  return [{ level: 'bad', subject: null, text, how: 'GET /config' }];
}

function asynchronous({ synchronousMode, maximumLagBytes, ttlMs }: PatroniSettings): readonly Ailment[] {
  if (synchronousMode !== 'off') return [];
  const text =
    `replication is asynchronous: a failover may lose ${bytes(maximumLagBytes)} of WAL (maximum_lag_on_failover) ` +
    `and what was written in the last ${duration(ttlMs)} before it (ttl)`;
  return [{ level: 'warning', subject: null, text, how: 'GET /config: synchronous_mode is off' }];
}

function commitsAlone({ synchronousMode }: PatroniSettings, patroni: readonly PatroniFacts[]): readonly Ailment[] {
  if (synchronousMode === 'off') return [];
  return patroni.flatMap(({ member, postgres }) => {
    const value = postgres?.settings.synchronous_commit;
    if (value !== 'off' && value !== 'local') return [];
    const text = `synchronous_commit is ${value}, so synchronous mode protects no write`;
    return [{ level: 'bad' as const, subject: member, text, how: 'show synchronous_commit' }];
  });
}

function withoutRewind(patroni: readonly PatroniFacts[]): readonly Ailment[] {
  const names = patroni.filter(({ usesRewind }) => usesRewind === false).map(({ member }) => member);
  if (names.length === 0) return [];
  const text = `pg_rewind is not used by ${list(names)}`;
  return [{ level: 'warning', subject: null, text, how: 'GET /config: postgresql.use_pg_rewind' }];
}

function unableToRewind({ member, usesRewind, postgres }: PatroniFacts): readonly Ailment[] {
  if (usesRewind !== true || postgres === null || postgres.dataChecksums || postgres.walLogHints) return [];
  const text = 'it has neither data checksums nor wal_log_hints, and pg_rewind needs one of them';
  const mend = 'patronictl edit-config --pg wal_log_hints=on, then restart the members.';
  return [{ level: 'bad', subject: member, text, how: 'show data_checksums; show wal_log_hints', mend }];
}

function checksums({ member, postgres }: PatroniFacts): readonly Ailment[] {
  if (postgres === null || postgres.dataChecksums) return [];
  const text = 'its data has no checksums';
  return [{ level: 'warning', subject: member, text, how: 'show data_checksums' }];
}

function pending({ member, pendingRestart }: PatroniFacts): readonly Ailment[] {
  if (pendingRestart === null) return [];
  const changes = Object.entries(pendingRestart).map(([name, change]) => `${name} ${change.old} → ${change.new}`);
  const text = `it waits for a restart${changes.length === 0 ? '' : `: ${list(changes)}`}`;
  return [{ level: 'warning', subject: member, text, how: 'GET /patroni: pending_restart' }];
}

function maintenance(facts: DoctorFacts): readonly Ailment[] {
  const told = claimsOf(facts, 'patroni').some(({ claim }) => claim.paused || claim.cluster?.paused === true);
  const set = facts.patroni.some(({ config }) => config?.pause === true);
  if (!told && !set) return [];
  const text = 'the cluster is in maintenance mode: nobody takes over when the leader dies';
  return [{ level: 'bad', subject: null, text, how: 'GET /config: pause' }];
}

function noSuccessor(facts: DoctorFacts): readonly Ailment[] {
  const leads = (role: string) => /^(primary|master|standby_leader)$/.test(role);
  const replicas = claimsOf(facts, 'patroni').filter(({ claim }) => !leads(claim.role));
  // Patroni takes failover_priority 0 for the same (patroni/tags.py).
  const barred = replicas.filter(
    ({ claim: { tags } }) => tags.nofailover === true || (tags.failover_priority === 0 && tags.nofailover !== false),
  );
  if (barred.length === 0) return [];
  const all = barred.length === replicas.length;
  const names = list(barred.map(({ member }) => member));
  const text = `${all ? 'no replica may take over' : 'not every replica may take over'}: ${names} tagged nofailover`;
  return [{ level: all ? 'bad' : 'warning', subject: null, text, how: 'GET /patroni: tags' }];
}

function unusable({ member, patronictl }: PatroniFacts): readonly Ailment[] {
  if (patronictl === null || patronictl.works) return [];
  const [, module] = /No module named '?([\w.]+)'?/.exec(patronictl.said) ?? [];
  const text =
    module === undefined
      ? `patronictl does not start: ${patronictl.said}`
      : `patronictl does not start: the Python module ${module} is missing`;
  return [{ level: 'warning', subject: member, text, how: 'patronictl version, in its container' }];
}
