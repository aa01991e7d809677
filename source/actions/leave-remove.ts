import { requireSuccess } from '../engine/compose.ts';
import type { Run } from '../engine/run.ts';
import type { ContainerRole } from '../stack/topology.ts';

/** A container that leaves. */
export type Leaver = {
  readonly name: string;
  readonly service: string;
  readonly role: ContainerRole;
  /** Commits wait for it: others go before, so that they don't wait twice. */
  readonly confirms: boolean;
};

/** In the order in which they go. Pure. */
export function inLeavingOrder(leavers: readonly Leaver[]): readonly Leaver[] {
  const rank = ({ role, confirms }: Leaver) => 2 * order.indexOf(role) + Number(confirms);
  return leavers.toSorted((a, b) => rank(a) - rank(b) || collator.compare(b.name, a.name));
}
/** Clients before servers; Sentinels before the Redis nodes, whose going they would answer with a failover; etcd last. */
const order: readonly ContainerRole[] = [null, 'backend', 'sentinel', 'redis', 'patroni', 'etcd'];
const collator = new Intl.Collator('en', { numeric: true });

/** As it is run, for a plan. */
export const removeLiteral = ({ name }: Pick<Leaver, 'name'>): string => `docker stop ${name}; docker rm ${name}`;

/**
 * Stops and removes these, one after the other in the order given; their volumes stay. One that is gone already is none.
 * @throws StackError; the signal's reason when aborted, with the container that it was at stopped at most
 */
export async function removeServices({
  cli,
  leavers,
  onRemove = () => {},
  signal,
}: {
  readonly cli: Run;
  readonly leavers: readonly Pick<Leaver, 'name' | 'service'>[];
  readonly onRemove?: (service: string) => void;
  readonly signal?: AbortSignal | undefined;
}): Promise<void> {
  for (const { name, service } of leavers) {
    signal?.throwIfAborted();
    onRemove(service);
    for (const [verb, doing] of [
      ['stop', 'stopping'],
      ['rm', 'removing'],
    ] as const) {
      const result = await cli([verb, name], { signal, timeoutMs: removeDeadlineMs });
      if (!/no such container/i.test(result.stderr)) requireSuccess(result, `${doing} ${service}`);
    }
  }
}
/** Beyond any container's grace. */
const removeDeadlineMs = 120_000;
