import type { PatroniSettings } from '../stack/claims.ts';
import type { Seen } from './types.ts';

/** Patroni's defaults (docs/dynamic_configuration.rst), for one that does not tell its settings. */
const patroniDefaults: PatroniSettings = {
  synchronousMode: 'off',
  maximumLagBytes: 2 ** 20,
  ttlMs: 30_000,
  loopWaitMs: 10_000,
  retryTimeoutMs: 10_000,
  primaryStartTimeoutMs: 300_000,
  failsafe: false,
};

/** What Patroni is set to, as its leader tells it, else whoever does. The sync mode is the one that is seen to be at work. */
export function patroniSettings({ snapshot, report }: Seen): PatroniSettings & { readonly assumed: boolean } {
  const members = snapshot.patroni ?? [];
  const told = members
    .toSorted((a, b) => Number(b.name === report.patroni?.leader) - Number(a.name === report.patroni?.leader))
    .map((member) => member.reading.value?.settings ?? null)
    .find((settings) => settings !== null);
  const settings = told ?? patroniDefaults;
  const synchronousMode = report.patroni?.syncMode ?? settings.synchronousMode;
  return { ...settings, synchronousMode, assumed: told === undefined };
}

export type SentinelSettings = { readonly downAfterMs: number; readonly failoverTimeoutMs: number };

/** What the Sentinels are set to for the master; where they differ, the slowest. Null: there is none to ask. */
export function sentinelSettings({ snapshot, report }: Seen): SentinelSettings | null {
  const masters = (snapshot.sentinel ?? []).flatMap((member) =>
    (member.reading.value?.masters ?? []).filter((master) => master.name === report.redis?.masterName).slice(0, 1),
  );
  if (masters.length === 0) return null;
  return {
    downAfterMs: Math.max(...masters.map((master) => master.downAfterMs)),
    failoverTimeoutMs: Math.max(...masters.map((master) => master.failoverTimeoutMs)),
  };
}
