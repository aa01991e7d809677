import { isIP } from 'node:net';
import { duration, list } from '../stack/format.ts';
import { memberAt, mostNamed } from '../stack/members.ts';
import { claimsOf } from './facts-seen.ts';
import type { DoctorFacts, SentinelFacts } from './facts-types.ts';
import type { Ailment, Check } from './types.ts';

const docs = 'https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/';

/** A container that starts again is back before; a member that a profile left out is not. */
const longSilentMs = 120_000;
const shortDownAfterMs = 1_000;
const longDownAfterMs = 60_000;
/** An election, the promotion and each replica's turn are given parts of the failover timeout (redis src/sentinel.c). */
const leastTimeouts = 3;

/** What is wrong with how the Sentinels are set, and with what they believe. */
export const sentinelChecks: readonly Check[] = [
  {
    id: 'sentinel.host-names',
    area: 'sentinel',
    what: 'Sentinels know the master by its address',
    why: 'The name of a container that is dead resolves no more: Sentinel then neither fails over nor starts again.',
    mend: 'Give the nodes static addresses, and monitor those: sentinel monitor NAME ADDRESS PORT QUORUM.',
    source: 'https://github.com/redis/redis/issues/12753; https://github.com/bitnami/containers/issues/53232',
    find: ({ sentinel }) => sentinel.flatMap(hostNames),
  },
  {
    id: 'sentinel.config-lost',
    area: 'sentinel',
    what: "a Sentinel's configuration outlives its container",
    why: 'It holds who is master now: made anew, the Sentinel follows the master of the first day.',
    mend: 'Keep it on a volume: mount one on its folder, and copy the first configuration there only where none is.',
    source: `${docs} (Sentinel and Docker; configuration file is mandatory); tried`,
    find: ({ sentinel }) => sentinel.flatMap(configLost),
  },
  {
    id: 'sentinel.config-file-mount',
    area: 'sentinel',
    what: 'a Sentinel can rewrite its configuration',
    why: 'It rewrites the file by renaming another over it, which a mounted file does not allow: what it learns is lost.',
    mend: 'Mount the folder instead of the file.',
    source: 'https://github.com/redis/docker-library-redis/issues/287',
    find: ({ sentinel }) => sentinel.flatMap(fileMount),
  },
  {
    id: 'sentinel.auth-pass',
    area: 'sentinel',
    what: 'Sentinels have the password of the master',
    why: 'Without it every answer of the master is a refusal: it is taken for dead, and nothing can be promoted.',
    mend: 'SENTINEL SET NAME auth-pass …, on every Sentinel, read from a file or by stdin.',
    source: `${docs} (configuring Sentinel instances with authentication)`,
    find: (facts) => withoutAuthPass(facts),
  },
  {
    id: 'sentinel.timings',
    area: 'sentinel',
    what: 'the timings fit each other',
    why: 'Too short a patience fails over for every hiccup, too long a one leaves the stack down; a failover needs time for its steps.',
    mend: 'SENTINEL SET NAME down-after-milliseconds 5000 failover-timeout 60000, or the like, on every Sentinel.',
    source: `${docs} (other Sentinel options); redis src/sentinel.c`,
    find: ({ sentinel }) => timings(sentinel),
  },
  {
    id: 'sentinel.tilt',
    area: 'sentinel',
    what: 'no Sentinel is in TILT',
    why: 'After its clock jumped or it was held up, a Sentinel only watches for 30 s: no failover meanwhile.',
    mend: 'Wait 30 s. When it comes back: the machine sleeps, is overloaded, or has its clock set.',
    source: `${docs} (TILT mode)`,
    find: (facts) => tilted(facts),
  },
  {
    id: 'sentinel.masters-differ',
    area: 'sentinel',
    what: 'all Sentinels name one master',
    why: 'Applications that ask different Sentinels write to different nodes, and one side of it is lost.',
    mend: 'SENTINEL RESET NAME at the one that is wrong; if it stays so, SENTINEL REMOVE and MONITOR with the right address.',
    source: docs,
    find: (facts) => mastersDiffer(facts),
  },
  {
    id: 'sentinel.stale',
    area: 'sentinel',
    what: 'everybody whom the Sentinels know is there',
    why: 'Sentinels never forget: who is gone still counts as a voter, and may be waited for in a failover.',
    mend: 'Start it again, or SENTINEL RESET NAME on every Sentinel, one after the other, while the master is up.',
    source: `${docs} (removing the old master or unreachable replicas)`,
    find: ({ sentinel }) => stale(sentinel),
  },
];

/** One that takes names and tells addresses has them resolved once, when it starts: its own file then has addresses. */
function hostNames(sentinel: SentinelFacts): readonly Ailment[] {
  const { member, monitors, announceHostnames, resolveHostnames } = sentinel;
  const named = monitors.filter(({ host }) => isIP(host) === 0);
  if (named.length > 0) {
    return named.map(({ name, host }) => ({
      level: 'bad',
      subject: member,
      text: `it knows the master of ${name} as ${host}`,
      how: `SENTINEL MASTER ${name} at ${member} says ip ${host}`,
    }));
  }
  if (announceHostnames !== true && resolveHostnames !== true) return [];
  const setting = announceHostnames === true ? 'announce-hostnames' : 'resolve-hostnames';
  const text =
    announceHostnames === true ? 'it tells others names instead of addresses' : 'it takes names for addresses';
  return [{ level: 'warning', subject: member, text, how: `SENTINEL CONFIG GET ${setting} says yes` }];
}

function configLost({ member, configFile, configKept, configMountedAlone }: SentinelFacts): readonly Ailment[] {
  if (configKept !== false || configMountedAlone) return [];
  const text = `its configuration, ${configFile}, goes with its container`;
  return [{ level: 'bad', subject: member, text, how: 'INFO server: config_file, and the mounts of its container' }];
}

function fileMount({ member, configFile, configMountedAlone }: SentinelFacts): readonly Ailment[] {
  if (!configMountedAlone) return [];
  const text = `its ${configFile} is mounted by itself, so no other can be renamed over it`;
  return [{ level: 'bad', subject: member, text, how: 'INFO server: config_file, and the mounts of its container' }];
}

function withoutAuthPass({ redis, sentinel }: DoctorFacts): readonly Ailment[] {
  if (!redis.some(({ requirepassSet }) => requirepassSet)) return [];
  return sentinel.flatMap(({ member, monitors, configFile }) =>
    monitors
      .filter(({ authPassSet }) => authPassSet === false)
      .map(({ name }) => ({
        level: 'bad' as const,
        subject: member,
        text: `it has no auth-pass for ${name}, whose nodes want a password`,
        how: `no "sentinel auth-pass ${name}" in ${configFile}`,
      })),
  );
}

function timings(sentinel: readonly SentinelFacts[]): readonly Ailment[] {
  const told = new Map<string, { readonly text: string; readonly members: string[] }>();
  for (const { member, monitors } of sentinel) {
    for (const text of monitors.flatMap(unfit)) {
      const known = told.get(text) ?? { text, members: [] };
      told.set(text, { text, members: [...known.members, member] });
    }
  }
  return [...told.values()].map(({ text, members }) => ({
    level: 'warning',
    subject: null,
    text: `${text} (${list(members)})`,
    how: 'SENTINEL MASTERS: down-after-milliseconds, failover-timeout',
  }));
}

function unfit({ name, downAfterMs, failoverTimeoutMs }: SentinelFacts['monitors'][number]): readonly string[] {
  const after = `down-after-milliseconds of ${name} is ${duration(downAfterMs)}`;
  const range =
    downAfterMs < shortDownAfterMs
      ? [`${after}: a pause of that length is a failover`]
      : downAfterMs > longDownAfterMs
        ? [`${after}: so long nobody notices that the master is dead`]
        : [];
  const timeout = `failover-timeout of ${name}, ${duration(failoverTimeoutMs)}, is less than ${leastTimeouts} times`;
  const short = failoverTimeoutMs < leastTimeouts * downAfterMs;
  return [...range, ...(short ? [`${timeout} its down-after-milliseconds, ${duration(downAfterMs)}`] : [])];
}

function tilted(facts: DoctorFacts): readonly Ailment[] {
  return claimsOf(facts, 'sentinel')
    .filter(({ claim }) => claim.tilt)
    .map(({ member }) => ({
      level: 'warning',
      subject: member,
      text: 'it is in TILT: it takes no part in a failover',
      how: 'INFO sentinel: sentinel_tilt',
    }));
}

function mastersDiffer(facts: DoctorFacts): readonly Ailment[] {
  const redis = facts.seen?.snapshot.redis ?? [];
  const called = (address: string) => memberAt(redis, address)?.name ?? address;
  const views = claimsOf(facts, 'sentinel').flatMap(({ member, claim }) =>
    claim.masters.map(({ name, address }) => ({ member, name, master: called(address) })),
  );
  return Object.entries(Object.groupBy(views, ({ name }) => name)).flatMap(([name, of = []]) => {
    const common = mostNamed(of.map(({ master }) => master))?.value;
    const others = of.filter(({ master }) => master !== common);
    if (others.length === 0) return [];
    const each = others.map(({ member, master }) => `${member} says ${master}`);
    const text = `the Sentinels disagree about the master of ${name}: ${list(each)}, the others ${common}`;
    return [{ level: 'bad' as const, subject: null, text, how: 'SENTINEL MASTERS, at each of them' }];
  });
}

function stale(sentinel: readonly SentinelFacts[]): readonly Ailment[] {
  const silent = sentinel.flatMap(({ member, monitors }) =>
    monitors.flatMap(({ name, silent: peers }) => peers.map((peer) => ({ ...peer, name, member }))),
  );
  const long = silent.filter(({ ms }) => ms >= longSilentMs);
  const groups = Object.values(Object.groupBy(long, ({ kind, address, name }) => `${kind} ${address} ${name}`));
  return groups.map((group = []) => {
    const [first] = group;
    const kind = first?.kind === 'sentinel' ? 'Sentinel' : 'replica';
    const longest = Math.max(...group.map(({ ms }) => ms));
    const known = list(group.map(({ member }) => member));
    const text = `a ${kind} of ${first?.name}, silent for ${duration(longest)}, but not forgotten by ${known}`;
    const how = 'SENTINEL REPLICAS, SENTINEL SENTINELS: s-down-time';
    return { level: 'warning', subject: first?.address ?? null, text, how };
  });
}
