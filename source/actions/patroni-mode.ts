import { changePatroni, patroniLiteral, patroniWays } from './patroni-rest.ts';
import { previewOf } from './preview.ts';
import type { Action, Running, Seen } from './types.ts';

const sendDeadlineMs = 10_000;
/** Each member looks every loop_wait, and every third time tells us. */
const toldDeadlineMs = 60_000;

const base = { scope: 'cluster', system: 'patroni', many: false, ask: null } as const;
const path = '/config';

/** PATCH /config, awaited until every member that answers says so (patroni docs/pause.rst). */
async function setPaused({ means, seen, say, signal }: Running, paused: boolean): Promise<void> {
  const body = bodyFor(paused);
  const [way] = patroniWays(await means.access(), seen.report.patroni?.leader ?? null);
  const since = Date.now();
  await changePatroni(way, { method: 'PATCH', path, body }, sendDeadlineMs);
  say(`${way.member.name} took it`);
  await means.until((now) => everyoneSays(paused, now, since), {
    deadlineMs: toldDeadlineMs,
    what: `every member ${paused ? 'is in maintenance mode' : 'has left maintenance mode'}`,
    signal,
  });
}

const bodyFor = (paused: boolean) => ({ pause: paused ? true : null });

function everyoneSays(paused: boolean, { snapshot, report }: Seen, since: number): boolean {
  const heard = (snapshot.patroni ?? []).filter(({ reading }) => reading.status === 'ok');
  const all = heard.every(({ reading }) => (reading.at ?? 0) >= since && reading.value?.paused === paused);
  return heard.length > 0 && all && report.patroni?.paused === paused;
}

export const patroniModeActions: readonly Action[] = [
  {
    ...base,
    id: 'patroni.pause',
    label: 'Maintenance on',
    does: 'Puts Patroni into maintenance mode: it watches, and fails nothing over.',
    danger: 'disrupts',
    unavailable: (_target, { report }) => (report.patroni?.paused ? 'it is in maintenance mode already' : null),
    preview: async () =>
      previewOf({
        effects: [
          'Writes go on. Until maintenance mode is left a dead leader is not replaced, and a stopped Postgres is not started.',
        ],
        literal: [patroniLiteral('PATCH', path, bodyFor(true))],
        choices: [{ id: 'go', label: 'maintenance mode on' }],
      }),
    async run(running) {
      await setPaused(running, true);
      return 'Patroni is in maintenance mode: nothing is failed over';
    },
  },
  {
    ...base,
    id: 'patroni.resume',
    label: 'Maintenance off',
    does: 'Ends maintenance mode: Patroni fails over again.',
    danger: 'safe',
    unavailable: (_target, { report }) => (report.patroni?.paused ? null : 'it is not in maintenance mode'),
    preview: async ({ seen }) =>
      previewOf({
        effects: [
          seen.report.patroni?.leader == null
            ? 'Patroni elects a leader at once, and starts what does not run.'
            : 'Patroni fails over again, and starts what does not run.',
        ],
        literal: [patroniLiteral('PATCH', path, bodyFor(false))],
        choices: [{ id: 'go', label: 'maintenance mode off' }],
      }),
    async run(running) {
      await setPaused(running, false);
      return 'Patroni fails over again';
    },
  },
];
