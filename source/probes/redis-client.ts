import { Redis } from 'ioredis';
import type { Access, Endpoint } from '../engine/types.ts';
import type { StackError } from '../stack/errors.ts';
import type { Connection } from './connection.ts';
import { failure, messageOf, socketFailure } from './failures.ts';

export type Command = readonly [name: string, ...parameters: string[]];

export type RedisClient = Connection & {
  /** Sends all commands in one write; a reply that is an error stays one, in its place. */
  send(commands: readonly Command[]): Promise<readonly (unknown | Error)[]>;
  /** From then on nothing but PING can be sent. `onEnd`: no message comes any more. */
  subscribe(pattern: string, onMessage: (channel: string, message: string) => void, onEnd: () => void): Promise<void>;
};

/**
 * One connection to one Redis or Sentinel, with everything off by which ioredis hides an outage: queueing, resending,
 * retrying, reconnecting. RESP2: nothing here needs more, and it costs no HELLO.
 */
export function openRedisClient(endpoint: Endpoint, { tls, credentials }: Access, deadlineMs: number): RedisClient {
  let lastError: Error | null = null;
  let connected: Promise<void> | null = null;
  const redis = new Redis({
    host: endpoint.host,
    port: endpoint.port,
    ...(tls ? { tls: { rejectUnauthorized: false } } : {}),
    protocol: 2,
    lazyConnect: true,
    // Ours ends it before.
    connectTimeout: deadlineMs + 50,
    disconnectTimeout: 0,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
    reconnectOnError: null,
    disableClientInfo: true,
  });
  // ioredis rejects with "Connection is closed" whatever happened; the reason is only in this event.
  redis.on('error', (error: Error) => {
    lastError ??= error;
  });

  const run = async (commands: readonly Command[]): Promise<readonly (unknown | Error)[]> => {
    const results = await redis.pipeline(commands.map((command) => [...command])).exec();
    return (results ?? []).map(([error, reply]) => error ?? reply);
  };
  // By hand: ioredis sends the name before it may, and writes to the console when a password is given and none is wanted.
  const introduce = async () => {
    const { username, password } = credentials;
    const auth: Command[] =
      password === null ? [] : [username === null ? ['auth', password] : ['auth', username, password]];
    const [reply] = await run([...auth, ['client', 'setname', 'paws-top']]);
    if (auth.length === 0 || !(reply instanceof Error)) return;
    if (!/without any password|no password is set/.test(reply.message)) throw reply;
  };

  return {
    async send(commands) {
      try {
        connected ??= redis.connect().then(introduce);
        await connected;
        const replies = await run(commands);
        const dead = replies.find((reply) => reply instanceof Error && !isReply(reply));
        if (dead !== undefined) throw dead;
        return replies;
      } catch (error) {
        throw error instanceof Error && isReply(error) ? error : (lastError ?? error);
      }
    },
    async subscribe(pattern, onMessage, onEnd) {
      connected ??= redis.connect().then(introduce);
      await connected;
      redis.on('pmessage', (_pattern: string, channel: string, message: string) => onMessage(channel, message));
      redis.once('end', onEnd);
      await redis.psubscribe(pattern);
    },
    isDead: () => redis.status === 'end' || redis.status === 'close',
    close() {
      redis.disconnect();
      redis.stream?.destroy();
    },
  };
}

/** Whether it is the server that said no, rather than the connection. */
const isReply = (error: Error): boolean => error.name === 'ReplyError';

/** Error replies and ioredis' own words as a StackError. */
export function explainRedis(error: unknown, subject: string): StackError | null {
  const text = messageOf(error);
  if (error instanceof Error && isReply(error)) {
    const kind = /^(NOAUTH|WRONGPASS|NOPERM|ERR invalid password|ERR AUTH)/.test(text) ? 'unauthorized' : 'rejected';
    return failure(kind, subject, error, text);
  }
  if (/RESP type|ParserError/.test(text)) return failure('garbage', subject, error, 'not RESP');
  if (/Connection is closed|aborted due to connection close|isn't writeable/.test(text)) {
    return failure('closed', subject, error);
  }
  return socketFailure(subject, error);
}

/** The lines of an INFO answer. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\r\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
}
