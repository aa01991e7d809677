import type { Access } from '../engine/types.ts';
import { textOf } from '../probes/fields.ts';
import { openRedisSession, type RedisSession } from '../probes/redis-session.ts';
import { StackError } from '../stack/errors.ts';

const deadlineMs = 1_000;

/**
 * SENTINEL FAILOVER at the first Sentinel that answers; it needs nobody's agreement. Resolves with a sentence once the
 * Sentinel has begun. @throws StackError with its words: INPROG, NOGOODSLAVE
 */
export async function failOverSentinel({
  access,
  masterName,
}: {
  readonly access: readonly Access[];
  /** null: the one that it watches. */
  readonly masterName: string | null;
}): Promise<string> {
  let last: unknown = new StackError('unreachable', 'no Sentinel is known');
  for (const way of access.filter(({ member }) => member.system === 'sentinel')) {
    const session = openRedisSession(way, deadlineMs);
    try {
      const name = masterName ?? (await onlyMaster(session)); // and so it has answered
      await session.ask(['sentinel', 'failover', name]);
      return `${way.member.name} fails ${name} over`;
    } catch (error) {
      // Only what certainly was not begun is tried at the next one.
      if (!(error instanceof StackError) || error.kind === 'rejected') throw error;
      last = error;
    } finally {
      session.close();
    }
  }
  throw last;
}

/** The name of the one master that a Sentinel watches. @throws StackError when there are several, or none */
export async function onlyMaster(session: RedisSession): Promise<string> {
  const [masters] = await session.ask(['sentinel', 'masters']);
  const names = (Array.isArray(masters) ? masters : []).map((fields: unknown) =>
    textOf(Array.isArray(fields) ? fields[1] : null),
  );
  const [name] = names;
  if (name === undefined || names.length > 1) {
    throw new StackError('rejected', `${session.subject} watches ${names.length} masters: ${names.join(', ')}`);
  }
  return name;
}
