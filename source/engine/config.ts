import { StackError } from '../stack/errors.ts';
import type { System } from '../stack/topology.ts';
import { commandsOf, option } from './command.ts';
import type { ContainerDetails, Engine } from './types.ts';

/** How a member was configured, from everything that can be read from outside. Holds secrets. */
export type MemberConfig = {
  /** Arguments of the member's program. */
  readonly args: readonly string[];
  /** Environment, with the content of `NAME_FILE` under `NAME`. */
  readonly env: Readonly<Record<string, string>>;
  /** Its configuration file: YAML as a tree, redis.conf as directive → value; null when none could be read. */
  readonly file: Readonly<Record<string, unknown>> | null;
};

type Cached = { readonly startedAt: number | null; readonly readAt: number; readonly config: Promise<MemberConfig> };
const cache = new WeakMap<Engine, Map<string, Cached>>();

/** Until then an entrypoint may still be writing the file, so what was read is read again. */
const settledAfterMs = 15_000;
const rereadAfterMs = 2000;

/**
 * Reads a member's configuration; once for each start of its container, as soon as that is some seconds old. What is
 * not there counts as not configured; an engine that does not answer rejects, and is asked again next time.
 */
export function memberConfig(engine: Engine, details: ContainerDetails, system: System): Promise<MemberConfig> {
  const known = cache.get(engine) ?? new Map<string, Cached>();
  cache.set(engine, known);
  const { id, startedAt } = details.container;
  const before = known.get(id);
  const now = Date.now();
  if (before !== undefined && before.startedAt === startedAt) {
    const settled = startedAt === null || before.readAt - startedAt >= settledAfterMs;
    if (settled || now - before.readAt < rereadAfterMs) return before.config;
  }
  const config = load(engine, details, system);
  config.catch(() => known.delete(id));
  known.set(id, { startedAt, readAt: now, config });
  return config;
}

/** Forgets containers that no longer exist. */
export function forgetConfigs(engine: Engine, details: readonly ContainerDetails[]): void {
  const ids = new Set(details.map(({ container }) => container.id));
  const known = cache.get(engine);
  for (const id of known?.keys() ?? []) if (!ids.has(id)) known?.delete(id);
}

/** What can be told without asking the engine, for when it can't be asked. */
export function outerConfig(details: Pick<ContainerDetails, 'argv' | 'env'>, system: System): MemberConfig {
  return { args: argsOf(system, details.argv, details.env), env: details.env, file: null };
}

async function load(engine: Engine, details: ContainerDetails, system: System): Promise<MemberConfig> {
  const read = (path: string) => readIfThere(engine, details.container.id, path);
  const env: Record<string, string> = { ...details.env };
  for (const [name, path] of Object.entries(details.env)) {
    const plain = name.replace(/_FILE$/, '');
    if (plain === name || !path.startsWith('/') || !/PASS|SECRET|USER/.test(plain) || env[plain]) continue;
    const content = await read(path);
    if (content !== null) env[plain] = content.trim();
  }
  const args = argsOf(system, details.argv, env);
  const inline = env.PATRONI_CONFIGURATION ?? env.SPILO_CONFIGURATION;
  if (system === 'patroni' && inline) return { args, env, file: await parseFile(system, inline) };
  for (const path of configPaths(system, args, env)) {
    const text = await read(path);
    if (text !== null) return { args, env, file: await parseFile(system, text) };
  }
  return { args, env, file: null };
}

/** Arguments of the member's own program, else of the last command: an entrypoint hands on what it was given. */
function argsOf(system: System, argv: readonly string[], env: Readonly<Record<string, string>>): readonly string[] {
  const commands = commandsOf(argv, env);
  return (commands.find(({ program }) => programs[system].test(program)) ?? commands.at(-1))?.args ?? [];
}

const programs: Record<System, RegExp> = {
  etcd: /^etcd$/,
  patroni: /^patroni(\.py)?$/,
  redis: /-server$/,
  sentinel: /-(server|sentinel)$/,
};

/**
 * The file named on the command line; else, where the environment leaves the credentials open, the places where images
 * of that system keep it: reading a file costs the engine some 45 ms, so it isn't done without need.
 */
function configPaths(system: System, args: readonly string[], env: Readonly<Record<string, string>>): string[] {
  const absolute = (word: string | null | undefined) => (word?.startsWith('/') ? [word] : []);
  const named = {
    etcd: () => absolute(option(args, 'config-file') ?? env.ETCD_CONFIG_FILE),
    patroni: () => [...args.filter((word) => /\.ya?ml$/.test(word)), env.PATRONI_CONFIG_FILE].flatMap(absolute),
    redis: () => absolute(args.find((word) => word.endsWith('.conf'))),
    sentinel: () => absolute(args.find((word) => word.endsWith('.conf'))),
  }[system]();
  if (named.length > 0) return named;
  const isSettled = option(args, 'requirepass') !== null || settledBy[system].some((name) => Boolean(env[name]));
  return isSettled ? [] : usualFiles[system];
}

/** Variables that make a look into files needless. A Sentinel's REDIS_PASSWORD is none: it may be its master's. */
const settledBy: Readonly<Record<System, readonly string[]>> = {
  etcd: [],
  patroni: ['PATRONI_SUPERUSER_PASSWORD', 'PGPASSWORD_SUPERUSER'],
  redis: ['REDIS_PASSWORD', 'VALKEY_PASSWORD', 'ALLOW_EMPTY_PASSWORD'],
  sentinel: ['REDIS_SENTINEL_PASSWORD', 'VALKEY_SENTINEL_PASSWORD', 'SENTINEL_PASSWORD', 'ALLOW_EMPTY_PASSWORD'],
};

const usualFiles: Readonly<Record<System, string[]>> = {
  etcd: [],
  patroni: ['/etc/patroni/patroni.yml', '/etc/patroni.yml', '/home/postgres/postgres.yml'],
  redis: ['/data/redis.conf', '/usr/local/etc/redis/redis.conf', '/etc/redis/redis.conf', '/etc/redis.conf'],
  sentinel: [
    '/data/sentinel.conf',
    '/usr/local/etc/redis/sentinel.conf',
    '/etc/redis/sentinel.conf',
    '/etc/sentinel.conf',
    '/opt/bitnami/redis-sentinel/etc/sentinel.conf',
  ],
};

async function readIfThere(engine: Engine, id: string, path: string): Promise<string | null> {
  try {
    return await engine.readFile(id, path);
  } catch (error) {
    if (error instanceof StackError && error.kind === 'rejected') return null;
    throw error;
  }
}

async function parseFile(system: System, text: string): Promise<MemberConfig['file']> {
  if (system === 'redis' || system === 'sentinel') return parseRedisConf(text);
  const { parse } = await import('yaml');
  try {
    const tree: unknown = parse(text);
    return typeof tree === 'object' && tree !== null && !Array.isArray(tree) ? (tree as Record<string, unknown>) : null;
  } catch {
    return null; // a parser's message would quote the secret it stumbled over
  }
}

/** Directives of redis.conf and sentinel.conf, lower case; of repeated ones the last counts, as in Redis. */
export function parseRedisConf(text: string): Record<string, string> {
  const directives: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([a-z][\w-]*)\s+(.*?)\s*$/i.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const quoted = /^"((?:\\.|[^"\\])*)"$|^'([^']*)'$/.exec(match[2]);
    directives[match[1].toLowerCase()] = quoted ? (quoted[1]?.replace(/\\(.)/g, '$1') ?? quoted[2] ?? '') : match[2];
  }
  return directives;
}

/** A text at a path of keys in a tree; null when there is none. Numbers count as text. */
export function textAt(tree: MemberConfig['file'], ...path: readonly string[]): string | null {
  let current: unknown = tree;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return null;
    current = (current as Record<string, unknown>)[key];
  }
  return typeof current === 'string' || typeof current === 'number' ? String(current) : null;
}
