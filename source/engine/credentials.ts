import type { System } from '../stack/topology.ts';
import { option } from './command.ts';
import { type MemberConfig, textAt } from './config.ts';
import type { Credentials } from './types.ts';

const none: Credentials = { username: null, password: null };

/**
 * Who to be when asking a member, from how it was configured. A password may be known that the member does not ask for
 * (an unused variable); a probe that is told so should go on without one.
 */
export function memberCredentials(system: System, config: MemberConfig): Credentials {
  return bySystem[system](config);
}

/** The superuser of the Postgres behind a Patroni member. Spilo's names are in its configure_spilo.py. */
export function postgresCredentials({ env, file }: MemberConfig): Credentials & { readonly database: string } {
  const configured = (key: string) => textAt(file, 'postgresql', 'authentication', 'superuser', key);
  const username =
    env.PATRONI_SUPERUSER_USERNAME ??
    configured('username') ??
    env.PGUSER_SUPERUSER ??
    env.POSTGRES_USER ??
    env.POSTGRESQL_USERNAME ??
    'postgres';
  const password =
    env.PATRONI_SUPERUSER_PASSWORD ??
    configured('password') ??
    env.PGPASSWORD_SUPERUSER ??
    env.POSTGRES_PASSWORD ??
    env.POSTGRESQL_PASSWORD ??
    env.PGPASSWORD ??
    null;
  return { username, password, database: 'postgres' };
}

const bySystem: Readonly<Record<System, (config: MemberConfig) => Credentials>> = {
  etcd: ({ env }) => {
    const [name, ...rest] = (env.ETCDCTL_USER ?? '').split(':');
    const joined = rest.length > 0 ? rest.join(':') : null;
    const password = env.ETCD_ROOT_PASSWORD ?? joined ?? env.ETCDCTL_PASSWORD ?? null;
    return password === null ? none : { username: name || 'root', password };
  },
  patroni: ({ env, file }) => {
    const password =
      env.PATRONI_RESTAPI_PASSWORD ?? textAt(file, 'restapi', 'authentication', 'password') ?? env.RESTAPI_PASSWORD;
    const username =
      env.PATRONI_RESTAPI_USERNAME ?? textAt(file, 'restapi', 'authentication', 'username') ?? env.RESTAPI_USERNAME;
    return password === undefined || username === undefined ? none : { username, password };
  },
  redis: ({ args, env, file }) => {
    const password =
      option(args, 'requirepass') ||
      textAt(file, 'requirepass') ||
      env.REDIS_PASSWORD ||
      env.VALKEY_PASSWORD ||
      env.REDISCLI_AUTH ||
      option(args, 'masterauth') ||
      textAt(file, 'masterauth') ||
      env.REDIS_MASTER_PASSWORD;
    return password ? { username: null, password } : none;
  },
  // REDIS_PASSWORD of a Sentinel is usually its master's; its own file, where it can be read, knows better.
  sentinel: ({ args, env, file }) => {
    const password =
      option(args, 'requirepass') ||
      textAt(file, 'requirepass') ||
      env.REDIS_SENTINEL_PASSWORD ||
      env.VALKEY_SENTINEL_PASSWORD ||
      env.SENTINEL_PASSWORD ||
      (file === null ? env.REDIS_PASSWORD : undefined);
    return password ? { username: null, password } : none;
  },
};
