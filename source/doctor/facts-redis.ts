import type { Access } from '../engine/types.ts';
import { fieldsOf, textOf } from '../probes/fields.ts';
import { parseInfo } from '../probes/redis-client.ts';
import { openRedisSession } from '../probes/redis-session.ts';
import { fieldsOfReply } from '../probes/sentinel.ts';
import type { RedisFacts } from './facts-types.ts';
import { askDeadlineMs } from './facts-unread.ts';

/** None of them is a secret. */
const settings = [
  'appendfsync',
  'appendonly',
  'maxmemory',
  'maxmemory-policy',
  'min-replicas-to-write',
  'replica-announce-ip',
  'replica-priority',
  'replica-read-only',
  'save',
];
const secrets = ['masterauth', 'requirepass'];

/** One Redis, by CONFIG GET and INFO. Of a password only whether it is set leaves this function. @throws StackError */
export async function readRedis(access: Access): Promise<RedisFacts> {
  const session = openRedisSession(access, askDeadlineMs);
  try {
    // One by one: several names in one CONFIG GET came with Redis 7.
    const names = [...settings, ...secrets];
    const asked = names.map((name) => ['config', 'get', name] as const);
    const [info, ...replies] = await session.ask(['info', 'server'], ...asked);
    const found = Object.assign({}, ...replies.map((reply) => fieldsOf(fieldsOfReply(reply)))) as Record<
      string,
      unknown
    >;
    return {
      member: access.member.name,
      config: Object.fromEntries(settings.flatMap((name) => (name in found ? [[name, textOf(found[name])]] : []))),
      masterauthSet: textOf(found.masterauth) !== '',
      requirepassSet: textOf(found.requirepass) !== '',
      configFile: parseInfo(textOf(info)).get('config_file') || null,
    };
  } finally {
    session.close();
  }
}
