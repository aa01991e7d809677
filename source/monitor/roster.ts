import type { Discovered } from '../engine/types.ts';
import type { Container } from '../stack/topology.ts';

/**
 * A member that disappears is missing, not gone: what was there before and is not now stays on the list without a
 * container. Where the compose file says who belongs to the active profile, it is right and nothing is added.
 */
export function remember(before: Discovered | null, found: Discovered): Discovered {
  if (before === null || found.topology.profile !== null) return found;
  const present = new Set(found.topology.containers.map(identity));
  const gone = before.topology.containers.filter(
    (container) => container.role !== null && !present.has(identity(container)),
  );
  if (gone.length === 0) return found;
  const members = new Set(found.topology.members.map((member) => `${member.system}:${member.name}`));
  const missing = before.access.filter(
    ({ member }) =>
      !members.has(`${member.system}:${member.name}`) && gone.some((container) => container.name === member.container),
  );
  return {
    topology: {
      ...found.topology,
      stack: found.topology.stack || before.topology.stack,
      containers: [...found.topology.containers, ...gone.map(asMissing)],
      members: [...found.topology.members, ...missing.map(({ member }) => member)],
    },
    access: [...found.access, ...missing.map((access) => ({ ...access, endpoint: null, postgres: null }))],
  };
}

/** A recreated container has another id, and under Compose sometimes another name: the service is what stays. */
function identity(container: Container): string {
  return container.service ?? container.name;
}

function asMissing(container: Container): Container {
  return { ...container, id: '', state: 'missing', health: 'none', startedAt: null, exitCode: null };
}
