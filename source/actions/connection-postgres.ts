import type { Credentials } from '../engine/types.ts';
import { connection, hostPort, type Place } from './connection-parts.ts';
import type { Connection } from './console-types.ts';

/** Whom an application is in Postgres. */
export type DatabaseUser = Credentials & { readonly database: string };

type Postgres = {
  readonly places: readonly Place[];
  readonly user: DatabaseUser;
  /** Name of the member that leads; null: nobody, or not known. */
  readonly leader: string | null;
};

/**
 * A paused host still takes connections and answers nothing: without a deadline for each, a client never asks the next one.
 * In seconds; libpq's least is 2 (PostgreSQL manual, libpq-connect).
 */
const timeout = 3;

/** libpq tells writable from read-only by asking the server, so that it goes along with a leader that moves. */
const libpqUri = (
  { places, user }: Postgres,
  password: (value: string | null) => string,
  parameters: string,
): string => {
  const who =
    user.username === null ? '' : `${encodeURIComponent(user.username)}${secretPart(password(user.password))}@`;
  return `postgresql://${who}${places.map(hostPort).join(',')}/${encodeURIComponent(user.database)}?${parameters}`;
};
const secretPart = (password: string): string => (password === '' ? '' : `:${password}`);

/**
 * By libpq (psql, psycopg, Go's pgx, Rust's tokio-postgres read the same), JDBC (`targetServerType`, jdbc.postgresql.org)
 * and SQLAlchemy, which wants each host in the query ("Specifying multiple fallback hosts" in its PostgreSQL dialect).
 */
export function postgresStrings(postgres: Postgres): readonly Connection[] {
  const { places, user, leader } = postgres;
  if (places.length === 0) return [];
  const leads = places.find(({ name }) => name === leader);
  const writes = `target_session_attrs=read-write&connect_timeout=${timeout}`;
  const who = user.username ?? '';
  return [
    connection(
      'psql, libpq: writes',
      (password) => libpqUri(postgres, password, writes),
      'Each connection is made anew to whoever leads then; after a change of the leader the old ones break.',
    ),
    connection(
      'psql, libpq: reads',
      (password) => libpqUri(postgres, password, `target_session_attrs=prefer-standby&connect_timeout=${timeout}`),
      'A replica, else the leader; libpq 14 or later. What a replica has may be a moment old.',
    ),
    connection('JDBC: writes', (password) => {
      const secret = password(user.password);
      const parameters = [
        ...(who === '' ? [] : [`user=${encodeURIComponent(who)}`]),
        ...(secret === '' ? [] : [`password=${secret}`]),
        'targetServerType=primary',
        `connectTimeout=${timeout}`,
        'hostRecheckSeconds=2',
      ];
      return `jdbc:postgresql://${places.map(hostPort).join(',')}/${encodeURIComponent(user.database)}?${parameters.join('&')}`;
    }),
    connection('SQLAlchemy: writes', (password) => {
      const hosts = places.map((place) => `host=${hostPort(place)}`).join('&');
      return `postgresql+psycopg://${encodeURIComponent(who)}${secretPart(password(user.password))}@/${encodeURIComponent(user.database)}?${hosts}&${writes}`;
    }),
    ...(leads === undefined
      ? []
      : [
          connection(
            `the leader now, ${leads.name}`,
            (password) => libpqUri({ ...postgres, places: [leads] }, password, `connect_timeout=${timeout}`),
            'For clients that take one host only, such as node-postgres. It does not follow.',
          ),
        ]),
  ];
}

/** For containers on the same network. */
export const postgresInside = (postgres: Postgres): readonly Connection[] =>
  postgres.places.length === 0
    ? []
    : [
        connection('in its network: libpq', (password) =>
          libpqUri(postgres, password, `target_session_attrs=read-write&connect_timeout=${timeout}`),
        ),
      ];
