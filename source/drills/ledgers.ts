import type { Access } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import { keepLedger } from './ledger.ts';
import type { LedgerStore } from './ledger-store.ts';
import type { Ledger, LedgerOptions, Measured } from './types.ts';

type OpenStore = (access: readonly Access[], run: string) => LedgerStore;

/** Every system that has a ledger; its client library is loaded with it. */
const stores: Readonly<Record<Measured, () => Promise<OpenStore>>> = {
  patroni: async () => (await import('./ledger-postgres.ts')).openPostgresStore,
  redis: async () => (await import('./ledger-redis.ts')).openRedisStore,
  etcd: async () => (await import('./ledger-etcd.ts')).openEtcdStore,
};

/** The ledger of a system; of `access`, only its members are used. Nothing is connected to yet. */
export async function openLedger(system: Measured, options: LedgerOptions): Promise<Ledger> {
  const access = ofSystem(system, options.access);
  return keepLedger(await openStore(system, options.run, access), { ...options, access });
}

/** Removes what a run left behind, without a ledger: after our own death. Safe to do twice. @throws StackError */
export async function cleanLedger(system: Measured, run: string, access: readonly Access[]): Promise<void> {
  await (await openStore(system, run, ofSystem(system, access))).clean();
}

async function openStore(system: Measured, run: string, access: readonly Access[]): Promise<LedgerStore> {
  // It becomes part of a table's name, which PostgreSQL cuts at 63 bytes, and is read from a file.
  if (!/^[a-z0-9]{1,48}$/i.test(run)) throw new StackError('internal', `not a run's name: ${run}`);
  return (await stores[system]())(access, run);
}

/** The system's members that can be reached; nothing is written through the others. */
const ofSystem = (system: Measured, access: readonly Access[]): readonly Access[] =>
  access.filter((way) => way.member.system === system && (system === 'patroni' ? way.postgres : way)?.endpoint);
