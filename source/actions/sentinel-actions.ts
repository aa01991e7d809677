import type { Access } from '../engine/types.ts';
import { textOf } from '../probes/fields.ts';
import { openRedisSession, type RedisSession } from '../probes/redis-session.ts';
import { StackError } from '../stack/errors.ts';
import { list } from '../stack/format.ts';
import { previewOf } from './preview.ts';
import { answering } from './rolling-members.ts';
import type { Action, ActionMeans, Running, Seen } from './types.ts';

const askDeadlineMs = 2_000;
/** Sentinels greet each other every 2 s, and ask the master for its replicas every 10 s (redis src/sentinel.c). */
const rediscoverDeadlineMs = 45_000;

const base = { scope: 'cluster', system: 'sentinel', many: false, ask: null } as const;

const masterNameOf = ({ report }: Seen): string | null => report.redis?.masterName ?? null;

async function withSentinel<T>(
  means: ActionMeans,
  name: string,
  use: (session: RedisSession) => Promise<T>,
): Promise<T> {
  const way: Access | undefined = (await means.access()).find(
    ({ member }) => member.system === 'sentinel' && member.name === name,
  );
  if (way === undefined) throw new StackError('unreachable', `no way to ${name} is known`);
  const session = openRedisSession(way, askDeadlineMs);
  try {
    return await use(session);
  } finally {
    session.close();
  }
}

/** What a Sentinel knows of the others, and of the replicas. */
function knownTo(name: string, { snapshot }: Seen, masterName: string) {
  const reading = snapshot.sentinel?.find((member) => member.name === name)?.reading;
  const master = reading?.value?.masters.find((one) => one.name === masterName);
  return { at: reading?.status === 'ok' ? (reading.at ?? 0) : 0, master };
}

const reset: Action = {
  ...base,
  id: 'sentinel.reset',
  label: 'Reset Sentinels',
  does: 'Has each Sentinel forget what it knows of Redis and find it anew, one after the other: whom nobody can see is gone.',
  danger: 'disrupts',
  unavailable(_target, seen) {
    if (masterNameOf(seen) === null) return 'no Sentinel says whom it watches';
    if (seen.report.sentinel?.tilt) return 'a Sentinel is in TILT: wait 30 s';
    return seen.report.redis?.master == null ? 'no Redis is master: a Sentinel that forgets would find nobody' : null;
  },
  async preview({ seen }) {
    const name = masterNameOf(seen);
    const names = answering('sentinel', seen);
    return previewOf({
      effects: [
        'One after the other, so that a majority can fail over throughout; each is awaited until it knows the others and the replicas again, about 10 s.',
        'Reads and writes go on.',
      ],
      literal: names.map((sentinel) => `SENTINEL RESET ${name}   # at ${sentinel}`),
      choices: [{ id: 'go', label: 'reset' }],
    });
  },
  async run(running) {
    const { means, seen, signal } = running;
    const masterName = masterNameOf(seen) ?? '';
    const names = answering('sentinel', means.seen() ?? seen);
    for (const [index, name] of names.entries()) {
      if (signal.aborted) throw new StackError('precondition', `stopped: ${list(names.slice(index))} not reset`);
      await resetOne(running, name, masterName);
    }
    return `${list(names)} found ${masterName} anew`;
  },
};

async function resetOne({ means, seen, say, signal }: Running, name: string, masterName: string): Promise<void> {
  await withSentinel(means, name, (session) => session.ask(['sentinel', 'reset', masterName]));
  const since = Date.now();
  say(`${name} has forgotten ${masterName}`);
  await means.until(
    (now) => {
      const { at, master } = knownTo(name, now, masterName);
      if (at < since || master === undefined) return false;
      const others = answering('sentinel', now).length - 1;
      const replicas = (now.report.redis?.members ?? []).filter(({ link }) => link === 'up').length;
      const agreed =
        now.report.sentinel?.members.find((row) => row.name === name)?.masterSeen === now.report.redis?.master;
      return agreed && master.sentinels.length >= others && master.replicas.length >= replicas;
    },
    { deadlineMs: rediscoverDeadlineMs, what: `${name} knows the others and the replicas again`, signal },
  );
  const { master } = knownTo(name, means.seen() ?? seen, masterName);
  say(`${name} knows ${master?.replicas.length ?? 0} replicas and ${master?.sentinels.length ?? 0} other Sentinels`);
}

const ckquorum: Action = {
  ...base,
  id: 'sentinel.ckquorum',
  label: 'Check quorum',
  does: 'Asks each Sentinel whether enough of them can be reached to fail over.',
  danger: 'safe',
  unavailable: (_target, seen) => (masterNameOf(seen) === null ? 'no Sentinel says whom it watches' : null),
  preview: async ({ seen }) =>
    previewOf({
      effects: ['Nothing is changed.'],
      literal: answering('sentinel', seen).map((name) => `SENTINEL CKQUORUM ${masterNameOf(seen)}   # at ${name}`),
      choices: [{ id: 'go', label: 'check' }],
    }),
  async run({ means, seen, say }) {
    const masterName = masterNameOf(seen) ?? '';
    const names = answering('sentinel', seen);
    const lacking: string[] = [];
    for (const name of names) {
      const said = await withSentinel(means, name, async (session) =>
        textOf((await session.ask(['sentinel', 'ckquorum', masterName]))[0]),
      ).catch((error: unknown) => {
        if (!(error instanceof StackError)) throw error;
        lacking.push(name);
        return error.message;
      });
      say(`${name}: ${said}`);
    }
    if (lacking.length > 0) throw new StackError('rejected', `${list(lacking)}: a dead master could not be replaced`);
    return `${list(names)} can fail over: quorum and majority can be reached`;
  },
};

export const sentinelActions: readonly Action[] = [reset, ckquorum];
