import type { ContainerDetails } from '../engine/types.ts';
import type { EngineFacts } from './facts-types.ts';

/** Of the networks that these containers are on. */
export function subnetsOf(
  networks: readonly Pick<EngineFacts['networks'][number], 'name' | 'subnets'>[],
  containers: readonly ContainerDetails[],
): readonly string[] {
  const names = new Set(containers.flatMap((each) => each.networks.map(({ name }) => name)));
  return networks.filter(({ name }) => names.has(name)).flatMap(({ subnets }) => subnets);
}
