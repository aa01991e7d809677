import type { Access } from '../engine/types.ts';
import { parseCluster, parsePatroni } from '../probes/patroni.ts';
import { StackError } from '../stack/errors.ts';
import { changePatroni, patroniWay, patroniWays, readPatroni } from './patroni-rest.ts';
import { until } from './until.ts';

/** How many standbys must confirm a commit, of those that stream; 1 where it is not set (replication_modes.rst). */
export const syncNodeCount = 'synchronous_node_count';

const changeDeadlineMs = 5_000;
/** Two of Patroni's rounds: Postgres is told first, and `/sync` once it waits for that standby. */
const syncDeadlineMs = 30_000;

/** As it is set; null: it is not. @throws StackError when nobody tells */
export async function readSyncNodeCount(access: readonly Access[]): Promise<number | null> {
  const config = await fromAnybody(access, (way) => readPatroni(way, '/config'));
  const count = config[syncNodeCount];
  return typeof count === 'number' ? count : null;
}

/** Whether commits wait for a standby even where there is none (replication_modes.rst). @throws StackError when nobody tells */
export async function readSyncStrict(access: readonly Access[]): Promise<boolean> {
  const config = await fromAnybody(access, (way) => readPatroni(way, '/config'));
  return config.synchronous_mode_strict === true;
}

/** null takes the setting out. Sent to who leads, who then acts on it at once. @throws StackError */
export async function setSyncNodeCount(
  access: readonly Access[],
  leader: string | null,
  count: number | null,
): Promise<void> {
  const body = { [syncNodeCount]: count };
  await fromAnybody(access, (way) => changePatroni(way, { method: 'PATCH', path: '/config', body }, changeDeadlineMs), {
    first: leader,
  });
}

/** Resolves once commits wait for this member, so that it may be switched over to. @throws StackError `timeout` */
export async function awaitSync(
  access: readonly Access[],
  { leader, candidate }: { readonly leader: string; readonly candidate: string },
  signal: AbortSignal,
): Promise<void> {
  const name = parsePatroni(await readPatroni(patroniWay(access, candidate), '/patroni'), candidate).name;
  const confirms = async (): Promise<true | null> => {
    signal.throwIfAborted();
    const cluster = parseCluster(await readPatroni(patroniWay(access, leader), '/cluster'));
    const role = cluster?.members.find((member) => member.name === name)?.role;
    return role === 'sync_standby' || role === 'quorum_standby' ? true : null;
  };
  await until(confirms, { everyMs: 200, deadlineMs: syncDeadlineMs, what: `commits wait for ${candidate}` });
}

/** The first answer there is. Somebody else may have changed the configuration in that moment (409): then once more. */
async function fromAnybody<T>(
  access: readonly Access[],
  ask: (way: Access) => Promise<T>,
  { first = null }: { readonly first?: string | null } = {},
): Promise<T> {
  let last: unknown;
  for (const way of [...patroniWays(access, first), ...patroniWays(access, first)]) {
    try {
      return await ask(way);
    } catch (error) {
      if (!(error instanceof StackError)) throw error;
      last = error;
    }
  }
  throw last;
}
