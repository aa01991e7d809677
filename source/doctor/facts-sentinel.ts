import type { ContainerDetails } from '../engine/types.ts';
import { orNull } from '../probes/deadline.ts';
import { type Fields, fieldsOf, listOf, numberOf, textOf } from '../probes/fields.ts';
import { parseInfo } from '../probes/redis-client.ts';
import { openRedisSession, type RedisSession } from '../probes/redis-session.ts';
import { fieldsOfReply } from '../probes/sentinel.ts';
import type { Asked } from './facts-patroni.ts';
import type { SentinelFacts } from './facts-types.ts';
import { askDeadlineMs, type Unread } from './facts-unread.ts';

type Monitored = SentinelFacts['monitors'][number];

/** One Sentinel, with what its own file tells: whether it has a password for a master it keeps to itself. @throws StackError */
export async function readSentinel({ access, details, engine }: Asked, unread: Unread): Promise<SentinelFacts> {
  const { name } = access.member;
  const session = openRedisSession(access, askDeadlineMs);
  try {
    const [info, masters] = await session.ask(['info', 'server'], ['sentinel', 'masters']);
    const configFile = parseInfo(textOf(info)).get('config_file') || null;
    const [hostnames, text, monitors] = await Promise.all([
      readHostnames(session),
      configFile === null
        ? null
        : unread.attempt(`The configuration file of ${name}`, () => engine.readFile(details.container.id, configFile)),
      Promise.all(listOf(masters).map((reply) => readMonitored(session, fieldsOfReply(reply)))),
    ]);
    return {
      member: name,
      configFile,
      ...placeOf(configFile, details),
      monitors: monitors.map((monitored) => ({ ...monitored, authPassSet: hasAuthPass(text, monitored.name) })),
      ...hostnames,
    };
  } finally {
    session.close();
  }
}

/** `SENTINEL CONFIG GET` came with 6.2; with a pattern of `*` it would tell passwords too. */
async function readHostnames(
  session: RedisSession,
): Promise<Pick<SentinelFacts, 'announceHostnames' | 'resolveHostnames'>> {
  const asked = ['announce-hostnames', 'resolve-hostnames'].map((name) => ['sentinel', 'config', 'get', name] as const);
  const answer = await orNull(session.ask(...asked), askDeadlineMs);
  const [announceHostnames, resolveHostnames] = asked.map(([, , , name], index) => {
    const value = fieldsOf(fieldsOfReply(answer?.[index]))[name];
    return typeof value === 'string' ? value === 'yes' : null;
  });
  return { announceHostnames: announceHostnames ?? null, resolveHostnames: resolveHostnames ?? null };
}

async function readMonitored(session: RedisSession, master: Fields): Promise<Omit<Monitored, 'authPassSet'>> {
  const name = textOf(master.name);
  const [replicas, sentinels] = await session.ask(['sentinel', 'replicas', name], ['sentinel', 'sentinels', name]);
  return {
    name,
    host: textOf(master.ip),
    quorum: numberOf(master.quorum),
    voters: numberOf(master['num-other-sentinels']) + 1,
    downAfterMs: numberOf(master['down-after-milliseconds']),
    failoverTimeoutMs: numberOf(master['failover-timeout']),
    silent: [...silentOf('replica', replicas), ...silentOf('sentinel', sentinels)],
  };
}

function silentOf(kind: 'replica' | 'sentinel', reply: unknown): Monitored['silent'] {
  return listOf(reply).flatMap((peer) => {
    const { flags, ip, port, 's-down-time': since } = fieldsOfReply(peer);
    if (!textOf(flags).split(',').includes('s_down')) return [];
    return [{ kind, address: `${textOf(ip)}:${textOf(port)}`, ms: numberOf(since) }];
  });
}

/** Sentinel writes what it is told by SENTINEL SET into its file at once, and tells passwords by no other way. */
function hasAuthPass(text: string | null, master: string): boolean | null {
  if (text === null) return null;
  const names = [...text.matchAll(/^\s*sentinel\s+auth-pass\s+"?([^\s"]+)"?\s+\S/gim)].map((match) => match[1]);
  return names.includes(master);
}

/** Where a file lies: the mount whose place is the longest beginning of its path. */
function placeOf(
  file: string | null,
  { mounts }: ContainerDetails,
): Pick<SentinelFacts, 'configKept' | 'configMountedAlone'> {
  if (file === null || mounts === undefined) return { configKept: null, configMountedAlone: false };
  const around = mounts
    .filter(({ destination }) => file === destination || file.startsWith(`${destination.replace(/\/$/, '')}/`))
    .toSorted((a, b) => b.destination.length - a.destination.length)[0];
  // One without a name stays behind when the container is removed, and the next one gets another.
  const isNamed = around?.type === 'volume' && !/^[0-9a-f]{64}$/.test(around.name ?? '');
  return { configKept: isNamed || around?.type === 'bind', configMountedAlone: around?.destination === file };
}
