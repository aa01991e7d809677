import { existsSync } from 'node:fs';
import type { ComposeProject } from '../engine/compose.ts';
import { type ComposeService, servicesOf } from '../engine/compose-file.ts';
import { labelsOf } from '../engine/images.ts';
import { preflight } from '../engine/preflight.ts';
import { recognise } from '../engine/recognise.ts';
import { secretsFile } from '../engine/secrets.ts';
import type { ContainerDetails } from '../engine/types.ts';
import type { ContainerRole, ContainerState } from '../stack/topology.ts';
import { readSyncNodeCount, readSyncStrict } from './patroni-sync.ts';
import { type KnownMemory, readKnownMemory } from './profile-memory.ts';
import type { ActionMeans, ComposeMeans, Seen } from './types.ts';

/** A container of the project, by the service it was made for. */
export type Existing = {
  readonly name: string;
  readonly service: string;
  readonly role: ContainerRole;
  readonly state: ContainerState;
};

/** Everything that a plan is made of. */
export type ProfileFacts = {
  readonly project: Pick<ComposeProject, 'name' | 'file' | 'own'>;
  /** null: nothing of it was seen yet. */
  readonly seen: Seen | null;
  readonly containers: readonly Existing[];
  /** Patroni's synchronous_node_count; null: not set. */
  readonly syncNodeCount: number | null;
  /** Patroni's commits wait for a standby even where there is none. */
  readonly syncStrict: boolean;
  readonly knownMemory: KnownMemory;
  /** Of the machine; null: the engine is elsewhere. */
  readonly availableBytes: number | null;
  /** Sentences: what must be changed first, by what the plan itself can't see. */
  readonly inTheWay: readonly string[];
};

/** Looks at everything, changes nothing. `wanted` is a profile that the file has. @throws StackError */
export async function readProfileFacts(means: ActionMeans, wanted: string): Promise<ProfileFacts> {
  const { project } = await means.compose();
  const access = await means.access();
  const [details, syncNodeCount, syncStrict, knownMemory, unsettled] = await Promise.all([
    means.containers(),
    readSyncNodeCount(access).catch(() => null), // no Patroni, or none that answers
    readSyncStrict(access).catch(() => false),
    readKnownMemory(means.env, project.name),
    means.unsettled(),
  ]);
  const existing = details.map(existingOf);
  const coming = comingOf(servicesOf(project.file, wanted), existing);
  return {
    project,
    seen: seenOf(means, project.name),
    containers: existing,
    syncNodeCount,
    syncStrict,
    knownMemory,
    availableBytes: means.engine.local ? process.availableMemory() : null,
    inTheWay: [
      ...unsettled,
      ...(coming.length === 0 ? [] : await startTroubles(means, { project, wanted, coming, details })),
    ],
  };
}

const existingOf = (details: ContainerDetails): Existing => ({
  name: details.container.name,
  service: details.container.service ?? details.container.name,
  role: recognise(details),
  state: details.container.state,
});

/** Those without a container that runs, or will again by itself. */
export function comingOf(
  wanted: readonly ComposeService[],
  containers: readonly Existing[],
): readonly ComposeService[] {
  const there = new Set(
    containers.filter(({ state }) => ['running', 'restarting', 'paused'].includes(state)).map(({ service }) => service),
  );
  return wanted.filter(({ name }) => !there.has(name));
}

/** Patroni has more sync standbys than it is set to: whom it lets go of in its next round is not known. Pure. */
export function isSettling({ seen, syncNodeCount }: Pick<ProfileFacts, 'seen' | 'syncNodeCount'>): boolean {
  const patroni = seen?.report.patroni;
  if (patroni?.syncMode !== 'on') return false;
  return patroni.members.filter(({ role }) => role === 'sync_standby').length > (syncNodeCount ?? 1);
}

/** What the watch sees, where it is this project. */
function seenOf(means: ActionMeans, project: string): Seen | null {
  const seen = means.seen();
  return seen?.snapshot.stack === project ? seen : null;
}

/** Why what comes could not be started. */
async function startTroubles(
  { env, engine, cli }: ActionMeans,
  {
    project,
    wanted,
    coming,
    details,
  }: {
    readonly project: ComposeMeans['project'];
    readonly wanted: string;
    readonly coming: readonly ComposeService[];
    readonly details: readonly ContainerDetails[];
  },
): Promise<readonly string[]> {
  const made = new Set(details.map(({ container }) => container.service));
  const fresh = coming.filter(({ name }) => !made.has(name));
  const built = fresh.flatMap(({ image, buildTarget, name }) =>
    image !== null && (project.own || buildTarget !== null) ? [{ image, name }] : [],
  );
  const there = built.length === 0 ? new Map() : await labelsOf(cli, [...new Set(built.map(({ image }) => image))]);
  const absent = [...new Set(built.filter(({ image }) => !there.has(image)).map(({ image }) => image))];
  const up = project.own ? `run paws-top up ${wanted}, which builds it` : 'build it first';
  const findings = await preflight({
    // The network is there already, and its own route is no clash.
    project: { ...project, file: { ...project.file, subnets: [] } },
    profile: wanted,
    services: coming,
    containers: await engine.list(),
    networks: [],
    local: engine.local,
    willBuild: false,
    dataFolder: null,
    availableBytes: null,
  });
  return [
    ...absent.map((image) => `the image ${image} is missing: ${up}`),
    ...(project.own && !existsSync(secretsFile(env, project.name)) && lacksSecrets(project)
      ? [`the passwords of "${project.name}" are not kept here: run paws-top up ${wanted}, which recovers them`]
      : []),
    ...findings.map(({ message }) => message),
  ];
}

const lacksSecrets = ({ file, variables }: ComposeMeans['project']): boolean =>
  file.requiredVariables.some((name) => variables[name] === undefined);
