import type { Access } from '../engine/types.ts';
import type { Fields } from '../probes/fields.ts';
import { StackError } from '../stack/errors.ts';
import { list } from '../stack/format.ts';
import { timesOf } from './container-effects.ts';
import { type Parameter, readParameter, unfit } from './patroni-parameter.ts';
import { changePatroni, patroniLiteral, patroniWays, readPatroni } from './patroni-rest.ts';
import {
  currentOf,
  diffOf,
  parameterOf,
  parseSetting,
  patchOf,
  type Setting,
  timingWarnings,
} from './patroni-setting.ts';
import { previewOf, refusal } from './preview.ts';
import type { Action, Given, Preview, Running } from './types.ts';
import { until } from './until.ts';

const sendDeadlineMs = 10_000;
/** Each member takes it in its next round, loop_wait; those with a longer one are waited for a while. */
const takenDeadlineMs = 45_000;

export const patroniEdit: Action = {
  id: 'patroni.edit',
  label: 'Edit setting',
  does: 'Changes a setting of Patroni or PostgreSQL for the whole cluster, after a look at the difference.',
  scope: 'cluster',
  system: 'patroni',
  danger: 'disrupts',
  many: false,
  ask: {
    what: 'Setting and value',
    hint: 'max_connections = 60   work_mem = 4MB   ttl = 30   log_checkpoints =',
    initial: '',
  },
  unavailable: (_target, { report }) =>
    report.patroni?.members.some(({ reading }) => reading === 'ok') ? null : 'no Patroni member answers',
  preview,
  run,
};

async function preview({ input, seen, means }: Given): Promise<Preview> {
  const leader = seen.report.patroni?.leader ?? null;
  const [way] = patroniWays(await means.access(), leader);
  let setting: Setting;
  try {
    setting = parseSetting(input);
  } catch (error) {
    if (error instanceof StackError && error.kind === 'usage') return refusal(error.message);
    throw error;
  }
  const config = await readPatroni(way, '/config');
  const diff = diffOf(config, setting);
  if (diff.length === 0) return refusal(`${setting.path.at(-1)} is so already`);
  const name = parameterOf(setting);
  const parameter = name === null ? null : await parameterAt(way, name);
  if (name !== null && parameter === null) return refusal(`PostgreSQL has no setting "${name}"`);
  if (parameter !== null && parameter !== 'unknown' && setting.value !== null) {
    const why = unfit(parameter, setting.value);
    if (why !== null) return refusal(why);
  }
  return previewOf({
    effects: [...consequences(setting, parameter, config), ...timingWarnings(config, setting)],
    literal: [patroniLiteral('PATCH', '/config', patchOf(setting))],
    diff,
    choices: [{ id: 'go', label: 'send it' }],
  });
}

/** `unknown`: Postgres can't be asked. */
const parameterAt = (way: Access, name: string): Promise<Parameter | 'unknown' | null> =>
  readParameter(way, name).catch((error: unknown) => {
    if (error instanceof StackError) return 'unknown';
    throw error;
  });

function consequences(setting: Setting, parameter: Parameter | 'unknown' | null, config: Fields): readonly string[] {
  if (parameter === null) {
    const own = setting.path.at(-1) ?? '';
    const default_ = setting.value === null ? 'Its default holds from then on. ' : '';
    const sync = own === 'synchronous_mode' && (setting.value === false || setting.value === null);
    return [
      `${default_}Every member of Patroni takes it in its next round.`,
      ...(sync ? ['Without synchronous mode a failover may lose what was acknowledged.'] : []),
    ];
  }
  if (parameter === 'unknown')
    return ['PostgreSQL could not be asked whether it takes this, and whether it needs a restart.'];
  const { name, shown, context } = parameter;
  const now = currentOf(config, setting) === undefined ? [`${name} is ${shown} now, by default.`] : [];
  const needs =
    context === 'postmaster'
      ? 'It needs a restart: every member waits for one, and "Restart pending" does that.'
      : 'It holds without a restart, from the next round of each member on.';
  return [...now, needs];
}

async function run(running: Running): Promise<string> {
  const { input, means, seen, say } = running;
  const setting = parseSetting(input);
  const ways = patroniWays(await means.access(), seen.report.patroni?.leader ?? null);
  const answering = new Set(
    (seen.report.patroni?.members ?? []).filter(({ reading }) => reading === 'ok').map(({ name }) => name),
  );
  const heard = ways.filter(({ member }) => answering.has(member.name));
  const name = parameterOf(setting);
  const before = await Promise.all(heard.map((way) => standing(way, name)));
  await changePatroni(ways[0], { method: 'PATCH', path: '/config', body: patchOf(setting) }, sendDeadlineMs);
  say(`${ways[0].member.name} took it`);
  const rounds = 2 * (timesOf(seen).loopWait / 1_000) + 2;
  const states = await Promise.all(
    heard.map(async (way, index) => {
      const state = await taken(running, way, { name, before: before[index] ?? nothingKnown, rounds });
      say(`${way.member.name}: ${state}`);
      return { member: way.member.name, state };
    }),
  );
  const waiting = states.filter(({ state }) => state === waits).map(({ member }) => member);
  const what =
    setting.value === null ? `${setting.path.at(-1)} is taken out` : `${setting.path.at(-1)} is ${setting.value}`;
  if (waiting.length === 0) return `${what} on ${list(states.map(({ member }) => member))}`;
  return `${what}; ${list(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'} for a restart`;
}

const waits = 'waits for a restart';

/** How a member stood before: its last round with etcd, s by its own clock, and what its Postgres has. */
type Standing = { readonly round: number; readonly shown: string | null };
const nothingKnown: Standing = { round: 0, shown: null };

async function standing(way: Access, name: string | null): Promise<Standing> {
  const shown = name === null ? null : await readParameter(way, name).catch(() => null);
  const { dcs_last_seen: round } = await readPatroni(way, '/patroni').catch((): Fields => ({}));
  return { round: Number(round ?? 0), shown: shown?.shown ?? null };
}

/**
 * Resolves with how it stands at that member, once it has taken the change: its Postgres has another value or waits for a
 * restart, or so many seconds of rounds have gone by, as where the value was so before. @throws StackError `timeout`
 */
function taken(
  { signal }: Running,
  way: Access,
  how: { readonly name: string | null; readonly before: Standing; readonly rounds: number },
): Promise<string> {
  const { name, before, rounds } = how;
  const look = async (): Promise<string | null> => {
    signal.throwIfAborted();
    const own = await readPatroni(way, '/patroni');
    const round = Number(own.dcs_last_seen ?? 0) - before.round;
    if (name === null) return round > 0 ? 'has it' : null;
    if (own.pending_restart === true && round > 0) return waits;
    const parameter = await readParameter(way, name);
    const changed = parameter !== null && parameter.shown !== before.shown;
    if (!changed && round < rounds) return null;
    return parameter === null ? 'has it' : `${parameter.name} is ${parameter.shown}`;
  };
  return until(look, { everyMs: 300, deadlineMs: takenDeadlineMs, what: `${way.member.name} has it` });
}
