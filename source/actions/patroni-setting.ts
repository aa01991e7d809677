import { type Fields, fieldsOf, isFields } from '../probes/fields.ts';
import { StackError } from '../stack/errors.ts';
import { duration } from '../stack/format.ts';
import type { DiffLine } from './types.ts';

/** A setting of Patroni's configuration in etcd, and what it is to be; null: taken out, so that its default holds. */
export type Setting = { readonly path: readonly string[]; readonly value: string | number | boolean | null };

/** Patroni's own settings (patroni docs/dynamic_configuration.rst); everything else is a parameter of PostgreSQL. */
const patroniOwn: ReadonlySet<string> = new Set([
  ...['loop_wait', 'ttl', 'retry_timeout', 'maximum_lag_on_failover', 'maximum_lag_on_syncnode', 'check_timeline'],
  ...['max_timelines_history', 'primary_start_timeout', 'primary_stop_timeout', 'master_start_timeout'],
  ...['master_stop_timeout', 'synchronous_mode', 'synchronous_mode_strict', 'synchronous_node_count', 'failsafe_mode'],
  ...['member_slots_ttl'],
]);

/** What Patroni takes from elsewhere and ignores here, and what it sets by itself (postgresql_configuration.rst). */
const notHere: ReadonlySet<string> = new Set([
  ...['listen_addresses', 'port', 'cluster_name', 'hot_standby', 'data_directory', 'primary_conninfo'],
  ...['primary_slot_name', 'synchronous_standby_names', 'recovery_target_timeline', 'external_pid_file'],
]);

/** Reads `name = value`, `postgresql.use_slots = off`, `name =`. @throws StackError `usage` */
export function parseSetting(text: string): Setting {
  const match = /^\s*([A-Za-z_][\w.]*)\s*=\s*(.*?)\s*$/.exec(text);
  if (match === null) throw new StackError('usage', 'write it as: max_connections = 60 (nothing after = takes it out)');
  const [, name = '', given = ''] = match;
  if (name === 'pause') throw new StackError('usage', 'maintenance mode is an action of its own');
  const path = pathOf(name);
  const own = path[0] !== 'postgresql' || path[1] !== 'parameters';
  const last = path.at(-1) ?? '';
  if (!own && notHere.has(last)) throw new StackError('usage', `${last} is not set here: Patroni sets it by itself`);
  return { path, value: readValue(given, own) };
}

function pathOf(name: string): readonly string[] {
  const parameter = /^postgresql\.parameters\.(.+)$/.exec(name)?.[1];
  if (parameter !== undefined) return ['postgresql', 'parameters', parameter];
  if (patroniOwn.has(name)) return [name];
  if (/^(postgresql|standby_cluster|slots)\./.test(name)) return name.split('.');
  return ['postgresql', 'parameters', name]; // those of extensions have dots as well
}

/** YAML would make a boolean of `on`, which PostgreSQL wants as a word; Patroni's own settings are booleans. */
function readValue(text: string, own: boolean): Setting['value'] {
  if (text === '') return null;
  const quoted = /^"(.*)"$|^'(.*)'$/.exec(text);
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? '';
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (own && /^(on|off|yes|no)$/i.test(text)) return /^(on|yes)$/i.test(text);
  return text;
}

/** The parameter of PostgreSQL that it is; null: it is Patroni's. */
export const parameterOf = ({ path }: Setting): string | null =>
  path[0] === 'postgresql' && path[1] === 'parameters' ? (path[2] ?? null) : null;

/** The body of PATCH /config: null takes a key out (patroni docs/rest_api.rst). */
export const patchOf = ({ path, value }: Setting): object =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;

export function currentOf(config: Fields, { path }: Setting): unknown {
  return path.reduce<unknown>((at, key) => (isFields(at) ? fieldsOf(at)[key] : undefined), config);
}

/** The lines of the configuration that change, with what they stand under; empty: nothing changes. */
export function diffOf(config: Fields, setting: Setting): readonly DiffLine[] {
  const { path, value } = setting;
  const before = currentOf(config, setting);
  if (JSON.stringify(before ?? null) === JSON.stringify(value)) return [];
  const parents = path.slice(0, -1);
  const last = `${'  '.repeat(parents.length)}${path.at(-1)}: `;
  const line = (sign: '+' | '-', what: unknown): readonly DiffLine[] =>
    what === undefined || what === null ? [] : [{ sign, text: `${last}${written(what)}` }];
  return [
    ...parents.map((key, depth) => ({ sign: ' ' as const, text: `${'  '.repeat(depth)}${key}:` })),
    ...line('-', before),
    ...line('+', value),
  ];
}

const written = (value: unknown): string =>
  typeof value === 'string' && /^[\w./-]+( [\w./-]+)*$/.test(value) && Number.isNaN(Number(value))
    ? value
    : JSON.stringify(value);

/** Patroni's defaults, s (dynamic_configuration.rst). */
const usual = { ttl: 30, loop_wait: 10, retry_timeout: 10 } as const;
const least = { ttl: 20, loop_wait: 1, retry_timeout: 3 } as const;

/** What speaks against the timings as they would be, sentences: a lease must outlive a round and both its retries. */
export function timingWarnings(config: Fields, setting: Setting): readonly string[] {
  const [key] = setting.path;
  if (setting.path.length !== 1 || key === undefined || !(key in usual)) return [];
  const of = (name: keyof typeof usual): number => {
    const value = name === key ? setting.value : config[name];
    return typeof value === 'number' ? value : usual[name];
  };
  const needed = of('loop_wait') + 2 * of('retry_timeout');
  const name = key as keyof typeof usual;
  return [
    ...(needed > of('ttl')
      ? [
          `loop_wait + 2 × retry_timeout is ${duration(needed * 1_000)}, more than ttl ${duration(of('ttl') * 1_000)}: a leader that is slow to reach etcd once is demoted.`,
        ]
      : []),
    ...(of(name) < least[name] ? [`Patroni goes on with ${least[name]}: it takes no ${name} under that.`] : []),
  ];
}
