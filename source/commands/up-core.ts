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

/** null: there is nobody beside the profile, or they have no data. Who is needed, and why, is told. */
export async function openCore(given: Prepared, services: readonly ComposeService[]): Promise<Core | null> {
  const { project, progress, setup, signal } = given;
  const volumes = await volumesOf(setup.cli, project.name);
  const roster = rosterFrom(project, services, volumes);
  const absent = roster.filter(({ stays, hasData }) => !stays && hasData);
  if (absent.length === 0) return null;
  const is = (role: Rostered['role']) => absent.some((member) => member.role === role);
  let redisKnown = !is('redis');

  const told = ({ services: needed, why }: Needed): readonly string[] => {
    if (why !== null) progress.note(needed.length === 0 ? why : `${why}: ${list(needed)} started too, for a while`);
    return needed;
  };

  async function redisBefore(): Promise<Needed | null> {
    const running = (await setup.engine.list()).filter(
      ({ container }) => container.project === project.name && container.state === 'running',
    );
    const staying = roster.filter(({ role, stays }) => role === 'redis' && stays);
    if (staying.some(({ service }) => running.some(({ container }) => container.service === service))) return null;
    const sentinels = roster.filter(({ role }) => role === 'sentinel').map(({ service }) => service);
    const those = project.file.services.filter(({ name }) => sentinels.includes(name));
    return redisNeeds(await readSentinelViews(setup.cli, those, volumes, signal), roster);
  }

  async function redisAfter(access: readonly Access[]): Promise<readonly string[]> {
    if (redisKnown) return [];
    const staying = access.filter(({ member }) => staysAs(roster, 'redis', member.name));
    const masters = await readRedisMasters(staying, { deadlineMs: answerDeadlineMs, signal });
    return told(redisNeedsByRole(masters, roster));
  }

  async function patroniAfter(access: readonly Access[]): Promise<readonly string[]> {
    if (!is('patroni')) return [];
    const members = project.file.services.filter(({ name }) =>
      roster.some(({ role, service }) => role === 'patroni' && service === name),
    );
    const scope = members.find(({ environment }) => environment.PATRONI_SCOPE)?.environment.PATRONI_SCOPE ?? null;
    const past = await readPatroniPast(access, scope, { deadlineMs: answerDeadlineMs, signal });
    return past === null ? [] : told(patroniNeeds(past, roster));
  }

  return {
    async before() {
      const needed = redisKnown ? null : await redisBefore();
      if (needed === null) return [];
      redisKnown = true;
      return told(needed);
    },
    async after() {
      const { access } = await survey(setup.engine, await setup.engine.list(), { project: project.name });
      return (await Promise.all([redisAfter(access), patroniAfter(access)])).flat();
    },
  };
}

function staysAs(roster: readonly Rostered[], role: Rostered['role'], name: string): boolean {
  return roster.some((member) => member.role === role && member.stays && member.service === name);
}
