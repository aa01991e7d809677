import { type Needed, patroniNeeds, type Rostered, redisNeeds, redisNeedsByRole } from '../actions/core-data.ts';
import {
  readPatroniPast,
  readRedisMasters,
  readSentinelViews,
  rosterFrom,
  volumesOf,
} from '../actions/core-data-read.ts';
import type { ComposeService } from '../engine/compose-file.ts';
import { survey } from '../engine/survey.ts';
import type { Access } from '../engine/types.ts';
import { list } from '../stack/format.ts';
import type { System } from '../stack/topology.ts';
import type { Prepared } from './up-prepare.ts';

/** How long a member that has just been started may take to answer. */
const answerDeadlineMs = 20_000;

/** Who is needed beside the profile, so that its own members may lead with the data that there is. */
export type Core = {
  /** Before anything starts: a Redis that wrongly takes itself for the master must not be alone. */
  before(): Promise<readonly string[]>;
  /** Once the profile's own members run, and can be asked. */
  after(): Promise<readonly string[]>;
};

/** null: there is nobody beside the profile, or they have no data. Services that don't run yet; why is told. */
export async function openCore(given: Prepared, services: readonly ComposeService[]): Promise<Core | null> {
  const { project, progress, setup, signal } = given;
  const volumes = await volumesOf(setup.cli, project.name);
  const roster = rosterFrom(project, services, volumes);
  const absent = roster.filter(({ stays, hasData }) => !stays && hasData);
  if (absent.length === 0) return null;
  const patience = { deadlineMs: answerDeadlineMs, signal };
  const servicesOf = (role: System, among: readonly Rostered[] = roster) =>
    among.filter((member) => member.role === role).map(({ service }) => service);
  let redisKnown = servicesOf('redis', absent).length === 0;

  const running = async (): Promise<ReadonlySet<string | null>> => {
    const ours = (await setup.engine.list()).filter(({ container }) => container.project === project.name);
    return new Set(ours.filter(({ container }) => container.state === 'running').map((each) => each.container.service));
  };

  async function told({ services: needed, why }: Needed): Promise<readonly string[]> {
    const there = await running();
    const missing = needed.filter((service) => !there.has(service));
    if (why !== null && needed.length === 0) progress.note(why);
    if (missing.length > 0) progress.note(`${why}: starting ${list(missing)} too, for a while`);
    return missing;
  }

  /**
   * null: the data does not tell, or most of the Sentinels run, and say themselves who is master. A Redis that runs alone may
   * be a former master that no Sentinel could stop.
   */
  async function redisByData(): Promise<Needed | null> {
    const there = await running();
    const sentinels = servicesOf('sentinel');
    if (sentinels.filter((service) => there.has(service)).length > sentinels.length / 2) return null;
    const those = project.file.services.filter(({ name }) => sentinels.includes(name));
    return redisNeeds(await readSentinelViews(setup.cli, those, volumes, signal), roster);
  }

  async function redisByRole(access: readonly Access[]): Promise<readonly string[]> {
    if (redisKnown) return [];
    const staying = servicesOf(
      'redis',
      roster.filter(({ stays }) => stays),
    );
    const ways = access.filter(({ member }) => member.system !== 'redis' || staying.includes(member.name));
    return told(redisNeedsByRole(await readRedisMasters(ways, patience), roster));
  }

  async function patroniByData(access: readonly Access[]): Promise<readonly string[]> {
    if (servicesOf('patroni', absent).length === 0) return [];
    const members = servicesOf('patroni');
    const scopes = project.file.services.filter(({ name }) => members.includes(name));
    const scope = scopes.find(({ environment }) => environment.PATRONI_SCOPE)?.environment.PATRONI_SCOPE ?? null;
    const past = await readPatroniPast(access, scope, patience);
    return past === null ? [] : told(patroniNeeds(past, roster));
  }

  return {
    async before() {
      const needed = redisKnown ? null : await redisByData();
      if (needed === null) return [];
      redisKnown = true;
      return told(needed);
    },
    async after() {
      const { access } = await survey(setup.engine, await setup.engine.list(), { project: project.name });
      return (await Promise.all([redisByRole(access), patroniByData(access)])).flat();
    },
  };
}
