/** What the environment says, with defaults that fit a run outside a container. */

export interface Address {
  host: string;
  port: number;
}

/** `a:1,b:2` as addresses; an empty string is none. */
function addresses(text: string, defaultPort: number): Address[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [host = '', port] = part.split(':');
      return { host, port: port === undefined ? defaultPort : Number(port) };
    });
}

export function nameOf({ host, port }: Address): string {
  return `${host}:${port}`;
}

function number(text: string | undefined, fallback: number): number {
  const value = Number(text);
  return text === undefined || text === '' || !Number.isFinite(value) || value < 0 ? fallback : value;
}

const env = process.env;

export const settings = {
  port: number(env.PORT, 8080),
  trafficRate: number(env.TRAFFIC_RATE, 2),
  postgres: {
    hosts: addresses(env.POSTGRES_HOSTS ?? 'localhost', 5432),
    database: env.POSTGRES_DB ?? 'paws',
    user: env.POSTGRES_USER ?? 'paws',
    password: env.POSTGRES_PASSWORD ?? '',
  },
  redis: {
    plain: addresses(env.REDIS_HOST ?? 'localhost', 6379),
    sentinels: addresses(env.SENTINEL_HOSTS ?? '', 26379),
    masterName: env.MASTER_NAME ?? 'paws',
    password: env.REDIS_PASSWORD ?? '',
  },
};
