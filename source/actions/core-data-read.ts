import type { ComposeProject } from '../engine/compose.ts';
import type { ComposeService } from '../engine/compose-file.ts';
import type { Run } from '../engine/run.ts';
import { roleOf } from '../engine/survey.ts';
import type { Access } from '../engine/types.ts';
import { base64, type EtcdGateway, fromBase64, openEtcdGateway, withPrefix } from '../probes/etcd-gateway.ts';
import { fieldsOf, listOf, numberOf, textOrNull } from '../probes/fields.ts';
import { StackError } from '../stack/errors.ts';
import { systems } from '../stack/topology.ts';
import { type PatroniPast, parseSentinelView, type Rostered, type SentinelView } from './core-data.ts';
import { openNodes, replicationOf } from './redis-nodes.ts';
import { until } from './until.ts';

const callDeadlineMs = 1_000;

/** Names of the engine's volumes that belong to the project, by the key that they have in the compose file. */
export async function volumesOf(cli: Run, project: string): Promise<ReadonlyMap<string, string>> {
  const label = `label=com.docker.compose.project=${project}`;
  const format = '{{.Label "com.docker.compose.volume"}} {{.Name}}';
  const { stdout } = await cli(['volume', 'ls', '--filter', label, '--format', format], { timeoutMs: 10_000 });
  const pairs = stdout.split('\n').map((line) => line.trim().split(' '));
  return new Map(pairs.flatMap(([key = '', name = '']) => (key === '' || name === '' ? [] : [[key, name] as const])));
}

/** Everybody that the compose file knows; `staying` are the services of the wanted profile. */
export function rosterFrom(
  { file }: Pick<ComposeProject, 'file'>,
  staying: readonly ComposeService[],
  volumes: ReadonlyMap<string, string>,
): readonly Rostered[] {
  return file.services.flatMap((service) => {
    const role = systems.find((system) => system === roleOf(service));
    if (role === undefined) return [];
    const named = [service.name, service.environment.PATRONI_NAME ?? '', ...service.aliases];
    return {
      service: service.name,
      role,
      stays: staying.some(({ name }) => name === service.name),
      hasData: service.volumes.length === 0 || service.volumes.some(({ name }) => volumes.has(name)),
      addresses: named.filter((name) => name !== '').map((name) => name.toLowerCase()),
    };
  });
}

/**
 * Reads what Patroni left in etcd, as soon as a majority of etcd answers. null: there is nothing, or nobody tells in time.
 * `scope`: null where the compose file does not say; then the only one that there is.
 */
export async function readPatroniPast(
  access: readonly Access[],
  scope: string | null,
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal?: AbortSignal | undefined },
): Promise<PatroniPast | null> {
  const ways = access.filter(({ member, endpoint }) => member.system === 'etcd' && endpoint !== null);
  if (ways.length === 0) return null;
  const gateways = ways.map(openEtcdGateway);
  const ask = async (): Promise<{ readonly past: PatroniPast | null } | null> => {
    signal?.throwIfAborted();
    const answers = gateways.map(async (gateway) => ({ past: await pastFrom(gateway, scope) }));
    // An etcd without a majority refuses; so does one that is just starting.
    return Promise.any(answers).catch(() => null);
  };
  try {
    return (await until(ask, { everyMs: 200, deadlineMs, what: 'etcd answers' })).past;
  } catch (error) {
    if (error instanceof StackError) return null;
    throw error;
  } finally {
    for (const gateway of gateways) gateway.close();
  }
}

/** Keys and what they hold: patroni/dcs/__init__.py. */
async function pastFrom(gateway: EtcdGateway, scope: string | null): Promise<PatroniPast | null> {
  const range = async (request: object) => {
    const { kvs } = await gateway.call('/v3/kv/range', request, callDeadlineMs);
    return listOf(kvs).map(fieldsOf);
  };
  const keys = await range({ ...withPrefix('/'), keys_only: true, limit: '20000' });
  const clusters = keys.map(({ key }) => fromBase64(key)).filter((key) => key.endsWith('/initialize'));
  const mine = clusters.filter((key) => scope === null || key.endsWith(`/${scope}/initialize`));
  const [cluster] = mine;
  if (cluster === undefined || mine.length > 1) return null;
  const textAt = async (name: string) => {
    const [pair] = await range({ key: base64(cluster.replace(/initialize$/, name)) });
    return fromBase64(pair?.value);
  };
  const [sync, leader, history] = await Promise.all([textAt('sync'), textAt('leader'), textAt('history')]);
  return parsePatroniPast({ sync, leader, history });
}

/** From the values of the keys; '' for one that is not there. */
export function parsePatroniPast(keys: Readonly<Record<'sync' | 'leader' | 'history', string>>): PatroniPast {
  const sync = fieldsOf(parsed(keys.sync));
  const leader = textOrNull(sync.leader);
  const standbys = textOrNull(sync.sync_standby) ?? '';
  const last = listOf(listOf(parsed(keys.history)).at(-1));
  return {
    sync: leader === null ? [] : [leader, ...standbys.split(',').filter(Boolean)],
    quorum: numberOf(sync.quorum) > 0,
    leader: keys.leader || textOrNull(last[4]),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // not there, or not Patroni's
  }
}

/**
 * What the Sentinels had written down when they stopped, read from their volumes by a container that lives for that: those
 * that exist no longer have no other way to tell. Empty where that can't be read.
 */
export async function readSentinelViews(
  cli: Run,
  services: readonly ComposeService[],
  volumes: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<readonly SentinelView[]> {
  const mounts = services.flatMap((service) =>
    service.volumes.flatMap(({ name }) => {
      const volume = volumes.get(name);
      return volume === undefined ? [] : [`${volume}:/sentinels/${volume}:ro`];
    }),
  );
  const image = services.find(({ image }) => image !== null)?.image ?? null;
  if (mounts.length === 0 || image === null) return [];
  const { exitCode, stdout } = await cli(
    [
      ...['run', '--rm', '--pull', 'never', '--network', 'none', '--entrypoint', 'sh'],
      ...[...new Set(mounts)].flatMap((mount) => ['--volume', mount]),
      image,
      ...['-c', 'for at in /sentinels/*; do echo; grep -rhE "^sentinel (monitor|config-epoch) " "$at"; done; true'],
    ],
    { timeoutMs: 20_000, signal },
  );
  if (exitCode !== 0) return [];
  return stdout.split(/\n\s*\n/).flatMap((text) => parseSentinelView(text) ?? []);
}

/** Address of each one's master, null for a master; only of those that answer within the deadline. */
export async function readRedisMasters(
  access: readonly Access[],
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal?: AbortSignal | undefined },
): Promise<readonly (string | null)[]> {
  const nodes = openNodes(access);
  try {
    const answers = nodes.redis.map((node) => {
      const ask = async () => {
        signal?.throwIfAborted();
        return { claim: await replicationOf(node) };
      };
      return until(ask, { everyMs: 200, deadlineMs, what: `${node.member.name} answers` }).catch(() => null);
    });
    return (await Promise.all(answers)).flatMap((answer) => {
      if (answer === null) return [];
      const { role, masterAddress } = answer.claim;
      return role === 'master' ? [null] : [(masterAddress ?? '').replace(/:\d+$/, '').toLowerCase()];
    });
  } finally {
    nodes.close();
  }
}
