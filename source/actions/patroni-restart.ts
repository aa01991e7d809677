import type { Access } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import { list } from '../stack/format.ts';
import { changePatroni, patroniLiteral, patroniWay, readPatroni } from './patroni-rest.ts';
import { previewOf } from './preview.ts';
import { untilSettled, untilWell, wellDeadlineMs } from './rolling-health.ts';
import { inOrder, memberTarget, namesOf } from './rolling-members.ts';
import type { Action, Running, Seen, Target } from './types.ts';

const sendDeadlineMs = 10_000;
/** Patroni answers when its Postgres is up again (patroni/api.py, do_POST_restart). */
const restartDeadlineMs = 120_000;
const pendingOnly = { restart_pending: true };

const memberOf = (target: Target): string => target.member ?? target.name;

/** Null where Patroni at that member answers. */
export function notAnswering(target: Target, { report }: Seen): string | null {
  const row = report.patroni?.members.find(({ name }) => name === memberOf(target));
  return row?.reading === 'ok' ? null : 'Patroni does not answer there';
}

const pendingMembers = ({ report }: Seen): readonly string[] =>
  (report.patroni?.members ?? []).filter(({ pendingRestart }) => pendingRestart).map(({ name }) => name);

/** Postgres of this member through a restart by Patroni, which keeps the leader's lock meanwhile. */
async function restartOne(running: Running, name: string, body: object): Promise<Access> {
  const { means, say } = running;
  const way = patroniWay(await means.access(), name);
  const before = means.seen() ?? running.seen;
  await changePatroni(way, { method: 'POST', path: '/restart', body }, restartDeadlineMs);
  const since = Date.now();
  await untilWell(running, memberTarget('patroni', name, before), since);
  await untilSettled(running, 'patroni', before, since);
  say(`Postgres of ${name} restarted`);
  return way;
}

const leaderWaits = (names: readonly string[], { report }: Seen): readonly string[] =>
  names.includes(report.patroni?.leader ?? '')
    ? [`${report.patroni?.leader} leads: writes stop for about 2 s while its Postgres restarts; it stays leader.`]
    : [];

const confirmWaits = (names: readonly string[], { report }: Seen): readonly string[] =>
  (report.patroni?.members ?? [])
    .filter(({ name, role }) => names.includes(name) && role === 'sync_standby')
    .map(({ name }) => `${name} is the sync standby: commits wait a moment until it is back or another is named.`);

export const patroniRestartActions: readonly Action[] = [
  {
    id: 'patroni.reload',
    label: 'Reload',
    does: 'Has Patroni at this member read its configuration file again.',
    scope: 'member',
    system: 'patroni',
    danger: 'safe',
    many: true,
    ask: null,
    unavailable: notAnswering,
    preview: async ({ targets }) =>
      previewOf({
        effects: ['Nobody notices; settings that need a restart wait for one.'],
        literal: targets.map((target) => `${patroniLiteral('POST', '/reload', {})}   # at ${target.name}`),
        choices: [{ id: 'go', label: 'reload' }],
      }),
    async run({ targets, means, say }) {
      const access = await means.access();
      for (const target of targets) {
        const way = patroniWay(access, memberOf(target));
        say(
          `${target.name}: ${await changePatroni(way, { method: 'POST', path: '/reload', body: {} }, sendDeadlineMs)}`,
        );
      }
      return `${namesOf(targets)} ${targets.length > 1 ? 'read their' : 'reads its'} configuration again`;
    },
  },
  {
    id: 'patroni.restart',
    label: 'Restart Postgres',
    does: 'Has Patroni restart Postgres of this member, without its container.',
    scope: 'member',
    system: 'patroni',
    danger: 'disrupts',
    many: true,
    ask: null,
    unavailable: notAnswering,
    preview: async ({ targets, seen }) => {
      const names = targets.map(memberOf);
      const told = [...leaderWaits(names, seen), ...confirmWaits(names, seen)];
      return previewOf({
        effects: [
          ...(told.length === 0 ? [`${list(names)}: a replica, writes go on.`] : told),
          `Awaited until healthy, ${wellDeadlineMs / 1_000} s at most.`,
        ],
        literal: inOrder(targets, seen).map(
          (target) => `${patroniLiteral('POST', '/restart', {})}   # at ${target.name}`,
        ),
        choices: [{ id: 'go', label: 'restart' }],
      });
    },
    async run(running) {
      const ordered = inOrder(running.targets, running.seen);
      for (const target of ordered) {
        running.signal.throwIfAborted();
        await restartOne(running, memberOf(target), {});
      }
      return `Postgres of ${namesOf(ordered)} restarted`;
    },
  },
  {
    id: 'patroni.restart-pending',
    label: 'Restart pending',
    does: 'Has Patroni restart Postgres of those members that wait for it, replicas first, the leader last.',
    scope: 'cluster',
    system: 'patroni',
    danger: 'disrupts',
    many: false,
    ask: null,
    unavailable: (_target, seen) => (pendingMembers(seen).length > 0 ? null : 'no member waits for a restart'),
    preview: async ({ seen }) => {
      const names = pendingMembers(seen);
      return previewOf({
        effects: [
          `${list(names)} ${names.length === 1 ? 'waits' : 'wait'} for a restart.`,
          ...leaderWaits(names, seen),
          ...confirmWaits(names, seen),
        ],
        literal: orderedPending(seen).map(
          (name) => `${patroniLiteral('POST', '/restart', pendingOnly)}   # at ${name}`,
        ),
        choices: [{ id: 'go', label: 'restart' }],
      });
    },
    run: restartPending,
  },
];

const orderedPending = (seen: Seen): readonly string[] =>
  inOrder(
    pendingMembers(seen).map((name) => memberTarget('patroni', name, seen)),
    seen,
  ).map(memberOf);

/**
 * A setting that a standby must not have lower than its leader (max_connections and the like) is lowered at the leader
 * first; a replica that is restarted before still waits afterwards. Then the leader is next, and the replicas again.
 */
async function restartPending(running: Running): Promise<string> {
  const { means, seen, signal } = running;
  const done: string[] = [];
  let waiting = orderedPending(means.seen() ?? seen);
  for (let left = 2 * waiting.length + 1; waiting.length > 0; left -= 1) {
    if (signal.aborted) throw new StackError('precondition', `stopped: ${list(waiting)} still wait for a restart`);
    if (left === 0) throw new StackError('rejected', `${list(waiting)} still wait for a restart after one`);
    const [name = ''] = waiting;
    const way = await restartOne(running, name, pendingOnly);
    const still = (await readPatroni(way, '/patroni')).pending_restart === true;
    if (!still) done.push(name);
    const rest = waiting.slice(1);
    waiting = still ? [...rest.toReversed(), name] : rest;
  }
  return `Postgres of ${list(done)} restarted; nobody waits for a restart`;
}
