import type { Access } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import { subjectOf } from './connection.ts';
import { withinDeadline } from './deadline.ts';
import { failure } from './failures.ts';
import type { Command, RedisClient } from './redis-client.ts';

export type RedisSession = {
  /** The member in messages, `redis1 (127.0.0.1:6379)`. */
  readonly subject: string;
  /**
   * Replies of these commands, sent in one write. An error reply rejects, as does silence past the deadline; the
   * connection is then dropped, and nothing is sent twice. @throws StackError
   */
  ask(...commands: readonly Command[]): Promise<readonly unknown[]>;
  close(): void;
};

/**
 * Talks to one Redis or Sentinel, over a connection that is opened when it is needed and again when it has died: a
 * Sentinel ends every client's connection to a node whose role it changes (redis src/sentinel.c, sentinelSendSlaveOf).
 */
export function openRedisSession(access: Access, deadlineMs: number): RedisSession {
  const subject = subjectOf(access.member.name, access.endpoint);
  let client: RedisClient | null = null;
  const drop = () => {
    client?.close();
    client = null;
  };
  return {
    subject,
    async ask(...commands) {
      const { explainRedis, openRedisClient } = await import('./redis-client.ts');
      if (access.endpoint === null) throw failure('unreachable', subject, undefined, 'no published port, no address');
      if (client?.isDead?.()) drop();
      client ??= openRedisClient(access.endpoint, access, deadlineMs);
      try {
        const replies = await withinDeadline(client.send(commands), deadlineMs, subject);
        const refused = replies.find((reply) => reply instanceof Error);
        if (refused !== undefined) throw refused;
        return replies;
      } catch (error) {
        const known = error instanceof StackError ? error : explainRedis(error, subject);
        if (known?.kind !== 'rejected') drop();
        throw known ?? error;
      }
    },
    close: drop,
  };
}
