import { basename } from 'node:path';
import { StackError } from '../stack/errors.ts';
import { list } from '../stack/format.ts';
import { noLeader } from './backup.ts';
import { askLeader, type PostgresLeader, postgresLeader } from './postgres-leader.ts';
import { previewOf, refusal } from './preview.ts';
import type { ServerFacts } from './restore-edit.ts';
import { dumpFacts, unfit } from './restore-file.ts';
import { restoreArgv, restoreDump } from './restore-run.ts';
import { untilSettled } from './rolling-health.ts';
import type { Action, ActionMeans } from './types.ts';
import { pathOf } from './whole-file.ts';

const factsQuery = `select json_build_object(
  'version', current_setting('server_version_num')::int,
  'databases', (select json_agg(datname) from pg_database where datallowconn),
  'roles', (select json_agg(rolname) from pg_roles),
  'ownRoles', (select json_agg(rolname) from pg_roles where rolsuper or rolreplication),
  'tablespaces', (select json_agg(spcname) from pg_tablespace))`;

async function serverFacts(means: ActionMeans, leader: PostgresLeader): Promise<ServerFacts> {
  const facts = JSON.parse(await askLeader(means, leader, factsQuery)) as ServerFacts;
  return { ...facts, ownRoles: [...new Set([...facts.ownRoles, ...leader.roles])] };
}

/** Two lists of names, those of the first that are not in the second. */
const without = (names: readonly string[], others: readonly string[]): readonly string[] =>
  names.filter((name) => !others.includes(name) && name !== 'template1');

export const restoreAction: Action = {
  id: 'patroni.restore',
  label: 'Restore database',
  does: 'Replaces databases by what a backup has: psql on whoever leads.',
  scope: 'cluster',
  system: 'patroni',
  danger: 'destroys',
  many: false,
  ask: { what: 'File', hint: 'backup.sql or backup.sql.gz, as backed up here or made by pg_dumpall', initial: '' },
  unavailable(_target, seen) {
    return noLeader(seen) ?? (seen.report.patroni?.writable === false ? 'nobody takes writes' : null);
  },
  async preview({ means, input }) {
    if (input.trim() === '') return refusal('say which file');
    const path = pathOf(input.trim());
    const dump = await dumpFacts(path);
    const leader = await postgresLeader(means);
    const server = await serverFacts(means, leader);
    const obstacle = unfit(path, dump, server.version);
    if (obstacle !== null) return refusal(obstacle);
    const databases = without(dump.databases, []);
    const [untouched, added] = [without(server.databases, databases), without(dump.roles, server.roles)];
    return previewOf({
      effects: [
        `${list(databases)} on ${leader.member}: what is in them is gone, and replaced by what ${basename(path)} has; connections to them are ended.`,
        ...(untouched.length === 0 ? [] : [`Not in the file, and left as they are: ${list(untouched)}.`]),
        ...(added.length === 0 ? [] : [`Roles that are added: ${list(added)}.`]),
        'Roles that exist keep their passwords. Replicas follow by themselves.',
      ],
      literal: [`${restoreArgv.join(' ')} < ${path}   # on ${leader.member}, edited so that it fits a living server`],
      choices: [{ id: 'go', label: 'restore' }],
    });
  },
  async run(running) {
    const { means, seen, input, signal, say } = running;
    const path = pathOf(input.trim());
    const before = means.seen() ?? seen;
    const leader = await postgresLeader(means);
    const server = await serverFacts(means, leader);
    const dump = await dumpFacts(path);
    const obstacle = unfit(path, dump, server.version);
    if (obstacle !== null) throw new StackError('precondition', obstacle);
    const onDatabase = (name: string) => {
      if (name !== 'template1') say(`${name} is replaced`);
    };
    await restoreDump({ means, leader, server, path, signal, onDatabase });
    say('replicas follow');
    await untilSettled(running, 'patroni', before, Date.now());
    return `${list(without(dump.databases, []))} restored from ${basename(path)} on ${leader.member}`;
  },
};
