import type { ContainerDetails } from '../engine/types.ts';
import type { Ailment } from './types.ts';

const secretKey = /(PASSWORD|PASSWD|PASS|PWD|SECRET|REQUIREPASS|MASTERAUTH)$/;
/** Files that hold a secret, and switches that are none. */
const noSecret = /(_FILE|_PATH|_COMMAND|_MODE|_ENABLED)$|^PWD$|^OLDPWD$/;
const open = /^(POSTGRES_HOST_AUTH_METHOD)=trust$|^(ALLOW_EMPTY_PASSWORD|ALLOW_NONE_AUTHENTICATION)=(?:yes|true|1)$/i;

const common = new Set(
  `postgres postgresql password passw0rd pass secret changeme change-me change_me changeit admin administrator root redis
  sentinel patroni etcd replicator replication rewind standby test testing example demo default guest user dev development
  local localhost docker 123456 12345678 123456789 1234 12345 qwerty letmein welcome zalando super superuser`.split(
    /\s+/,
  ),
);

/** Environment and command of one container: names of what is guessed at once, never a value. */
export function defaultPasswords({ container, env, argv }: ContainerDetails): readonly Ailment[] {
  const names = [
    ...Object.entries(env).flatMap(([key, value]) => (isGuessed(key, value) ? [key] : [])),
    ...argv.flatMap((word, index) => {
      const option = /^--(requirepass|masterauth|password)(?:=(.*))?$/.exec(word);
      return option !== null && isCommon(option[2] ?? argv[index + 1] ?? '') ? [`--${option[1]}`] : [];
    }),
  ];
  return names.map((name) => ({
    level: 'warning',
    subject: container.name,
    text:
      name.startsWith('--') || secretKey.test(name.toUpperCase())
        ? `${name} is a password that everybody tries first`
        : `${name} lets in without a password, or with one that everybody tries first`,
    how: `docker inspect ${container.name}: ${name.startsWith('--') ? 'Args' : 'Config.Env'}`,
  }));
}

function isGuessed(key: string, value: string): boolean {
  if (open.test(`${key}=${value}`)) return true;
  const upper = key.toUpperCase();
  if (noSecret.test(upper)) return false;
  if (secretKey.test(upper)) return isCommon(value);
  // postgres://user:password@host, redis://:password@host
  const [, user, password] = /^[a-z][a-z0-9+.-]*:\/\/([^:@/\s]*):([^@/\s]*)@/i.exec(value) ?? [];
  return password !== undefined && (isCommon(password) || (password !== '' && password === user));
}

const isCommon = (value: string): boolean => common.has(value.toLowerCase());
