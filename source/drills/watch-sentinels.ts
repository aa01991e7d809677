import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '../engine/types.ts';
import { withinDeadline } from '../probes/deadline.ts';
import { messageOf } from '../probes/failures.ts';
import { openRedisClient, type RedisClient } from '../probes/redis-client.ts';
import { onceForAll, readMessage } from './sentinel-messages.ts';
import type { Signal } from './types.ts';
import type { Watching } from './watch-leader-key.ts';

const openDeadlineMs = 1_000;
/** A connection that has died silently, as after a network was cut, is found out by asking. */
const pingEveryMs = 1_000;
const reopenMs = 100;

/**
 * Listens to every Sentinel, since the one that leads tells of its steps and only it. One that cannot be listened to is
 * tried again each second; that it was, and for how long something may have been missed, is told by notes. Resolves when
 * each stands or has failed once.
 */
export async function watchSentinels(access: readonly Access[], tell: (signal: Signal) => void): Promise<Watching> {
  const redis = access.filter(({ member }) => member.system === 'redis').map(({ member }) => member);
  const closing = new AbortController();
  const sentinels = new Map<string, string>();
  const isNew = onceForAll();
  const listened = access
    .filter(({ member }) => member.system === 'sentinel')
    .map((way) => {
      const { endpoint } = way;
      const { name } = way.member;
      const note = (text: string) => tell({ kind: 'note', system: 'redis', at: performance.now(), source: name, text });
      const hear = (channel: string, message: string) => {
        const at = performance.now();
        const meaning = readMessage({ channel, message }, { redis, sentinels });
        if (meaning === null || !isNew(name, `${channel} ${message}`, at)) return;
        tell({ ...meaning, system: 'redis', at, source: name });
      };
      if (endpoint === null) {
        note('is not listened to: no way to it is known');
        return Promise.resolve();
      }
      const client = () => openRedisClient(endpoint, way, openDeadlineMs);
      return keepListening({ name, client, hear, note, sentinels, signal: closing.signal });
    });
  await Promise.all(listened);
  return { close: () => closing.abort() };
}

type Listening = {
  readonly name: string;
  readonly client: () => RedisClient;
  readonly hear: (channel: string, message: string) => void;
  readonly note: (text: string) => void;
  /** Filled here: by id, the Sentinel's name. */
  readonly sentinels: Map<string, string>;
  readonly signal: AbortSignal;
};

/** Resolves at the first success or failure, and goes on until aborted. */
function keepListening({ name, client, hear, note, sentinels, signal }: Listening): Promise<void> {
  return new Promise((settled) => {
    let lostAt: number | null = null;
    const keep = async (): Promise<void> => {
      while (!signal.aborted) {
        const connection = client();
        const ended = new AbortController();
        const over = AbortSignal.any([signal, ended.signal]);
        const stop = () => connection.close();
        signal.addEventListener('abort', stop, { once: true });
        try {
          const [id] = await withinDeadline(connection.send([['sentinel', 'myid']]), openDeadlineMs, name, signal);
          if (typeof id === 'string') sentinels.set(id, name);
          const listening = connection.subscribe('*', hear, () => ended.abort());
          await withinDeadline(listening, openDeadlineMs, name, signal);
          if (lostAt !== null) note(`is listened to again; ${seconds(performance.now() - lostAt)} may be missing`);
          lostAt = null;
          settled();
          for (;;) {
            await sleep(pingEveryMs, undefined, { signal: over, ref: false });
            await withinDeadline(connection.send([['ping']]), openDeadlineMs, name, over);
          }
        } catch (error) {
          if (!signal.aborted && lostAt === null) {
            lostAt = performance.now();
            note(`is not listened to for now: ${ended.signal.aborted ? 'it ended the connection' : messageOf(error)}`);
          }
          settled();
        } finally {
          signal.removeEventListener('abort', stop);
          connection.close();
        }
        // A connection that was ended by the way is back at once; a Sentinel that is down is not asked all the time.
        const pauseMs = ended.signal.aborted ? reopenMs : pingEveryMs;
        await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    };
    void keep();
  });
}

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
