import type { ContainerRole } from '../stack/topology.ts';
import { recognise } from './recognise.ts';
import type { ContainerDetails } from './types.ts';

/** Containers that belong together, each with what it is. */
export type Group = {
  readonly name: string;
  readonly containers: readonly { readonly details: ContainerDetails; readonly role: ContainerRole }[];
};

/** The stack that our own Compose file makes, preferred where two are alike. */
const ownProject = 'paws';

/**
 * The stack to watch: the project that was asked for, else the one with the most members; between equals ours, then by
 * name. Containers outside of any project are a group as well. A group without members is only chosen when asked for.
 */
export function chooseStack(all: readonly ContainerDetails[], project: string | null): Group {
  const groups = groupsOf(all.filter(({ labels }) => !isOneOff(labels)));
  if (project !== null) return groups.find(({ name }) => name === project) ?? { name: project, containers: [] };
  const rank = (group: Group) => (group.name === ownProject ? 0 : 1);
  const [best] = groups
    .filter((group) => membersIn(group) > 0)
    .sort((a, b) => membersIn(b) - membersIn(a) || rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  return best ?? { name: '', containers: [] };
}

function membersIn({ containers }: Group): number {
  return containers.filter(({ role }) => role !== null && role !== 'backend').length;
}

function groupsOf(all: readonly ContainerDetails[]): Group[] {
  const byProject = Map.groupBy(all, ({ container }) => container.project);
  const groups: Group[] = [];
  for (const [project, members] of byProject) {
    const containers = members.map((details) => ({ details, role: recognise(details) }));
    groups.push(project === null ? looseGroup(containers) : { name: project, containers });
  }
  return groups;
}

/** Outside of a project only members are shown, and what shares a network of their own with them; it is named after that. */
function looseGroup(containers: Group['containers']): Group {
  const networks = new Map<string, number>();
  for (const { details, role } of containers) {
    if (role === null) continue;
    for (const { name } of details.networks) if (!shared.has(name)) networks.set(name, (networks.get(name) ?? 0) + 1);
  }
  const [name = 'containers'] = [...networks].sort((a, b) => b[1] - a[1])[0] ?? [];
  const near = ({ details }: Group['containers'][number]) =>
    details.networks.some((network) => networks.has(network.name));
  return { name, containers: containers.filter((entry) => entry.role !== null || near(entry)) };
}
/** Networks that everything is on by default. */
const shared = new Set(['bridge', 'host', 'none', 'podman', 'default']);

/** Made by `compose run`: somebody's console, not a part of the stack. */
function isOneOff(labels: Readonly<Record<string, string>>): boolean {
  return labels['com.docker.compose.oneoff']?.toLowerCase() === 'true';
}
