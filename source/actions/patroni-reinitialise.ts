import { changePatroni, patroniLiteral, patroniWay, readPatroni } from './patroni-rest.ts';
import { notAnswering } from './patroni-restart.ts';
import { previewOf } from './preview.ts';
import { untilWell } from './rolling-health.ts';
import { confirms, leads, memberBehind, memberTarget } from './rolling-members.ts';
import type { Action } from './types.ts';
import { until } from './until.ts';

const sendDeadlineMs = 20_000;
/** A copy of the leader's data goes over the network. */
const copyDeadlineMs = 900_000;
const path = '/reinitialize';
const body = { force: true };

export const patroniReinitialise: Action = {
  id: 'patroni.reinitialise',
  label: 'Reinitialise',
  does: 'Throws the data of this replica away and copies it anew from the leader.',
  scope: 'member',
  system: 'patroni',
  danger: 'destroys',
  many: false,
  ask: null,
  unavailable(target, seen) {
    if (leads({ system: 'patroni', name: target.member ?? target.name }, seen)) return 'it leads: only a replica can';
    if (seen.report.patroni?.leader == null) return 'nobody leads, so there is nothing to copy';
    return notAnswering(target, seen);
  },
  preview: async ({ targets, seen }) => {
    const name = targets[0]?.name ?? '';
    const member = targets[0] === undefined ? null : memberBehind(targets[0], seen);
    const waits = confirms(member, seen)
      ? ['It is the sync standby: commits wait until Patroni names another, and none is redundant while none is.']
      : [];
    const only = (seen.report.patroni?.canLose ?? 0) < 2 ? ['Until the copy is done there is less to spare.'] : [];
    return previewOf({
      effects: [
        `${name} loses its data directory and copies the leader's, ${seen.report.patroni?.leader}; awaited until it streams.`,
        ...waits,
        ...only,
      ],
      literal: [`${patroniLiteral('POST', path, body)}   # at ${name}`],
      choices: [{ id: 'go', label: 'reinitialise' }],
    });
  },
  async run(running) {
    const { targets, means, say, seen, signal } = running;
    const name = targets[0]?.member ?? targets[0]?.name ?? '';
    const way = patroniWay(await means.access(), name);
    const startOf = async () => (await readPatroni(way, '/patroni')).postmaster_start_time ?? null;
    const before = await startOf();
    say(`${name}: ${await changePatroni(way, { method: 'POST', path, body }, sendDeadlineMs)}`);
    const renewed = async (): Promise<true | null> => {
      signal.throwIfAborted(); // the copy goes on without us
      const now = await readPatroni(way, '/patroni');
      const fresh = (now.postmaster_start_time ?? null) !== null && now.postmaster_start_time !== before;
      return fresh && now.replication_state === 'streaming' ? true : null;
    };
    await until(renewed, { everyMs: 500, deadlineMs: copyDeadlineMs, what: `${name} streams again` });
    say(`${name} streams again`);
    await untilWell(running, memberTarget('patroni', name, seen), Date.now());
    return `${name} has a new copy of the data and streams`;
  },
};
