import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { StackError } from '../stack/errors.ts';
import { plain } from '../stack/format.ts';
import { postgresEnv } from './console-command.ts';
import type { ActionMeans } from './types.ts';

/** The Postgres that Patroni has lead, as its own programs inside the container reach it. Holds secrets. */
export type PostgresLeader = {
  readonly member: string;
  readonly containerId: string;
  /** libpq's variables, the password among them. */
  readonly env: Readonly<Record<string, string>>;
  /** Roles that Patroni itself logs in as, as far as the environment of the container tells. */
  readonly roles: readonly string[];
};

const askDeadlineMs = 10_000;
const leaderDeadlineMs = 10_000;
/** Of stderr, so much from its end is kept. */
const keptStderr = 8_192;

/** @throws StackError `precondition`: who leads is not known, or nobody can */
export async function postgresLeader(means: ActionMeans): Promise<PostgresLeader> {
  let patroni = means.seen()?.report.patroni ?? null;
  if (patroni?.leader === null) {
    // A first look, or one in the middle of an election.
    const patience = { deadlineMs: leaderDeadlineMs, what: 'a Patroni member leads' };
    const seen = await means.until(({ report }) => report.patroni?.leader != null, patience).catch(() => null);
    patroni = seen?.report.patroni ?? patroni;
  }
  if (patroni === null) {
    throw new StackError(
      'precondition',
      `there is no Patroni in "${means.project}", so nobody says which database leads`,
    );
  }
  if (patroni.leader === null) {
    throw new StackError('precondition', 'no Patroni member leads now; try again when one does');
  }
  const [access, containers] = await Promise.all([means.access(), means.containers()]);
  const way = access.find(({ member }) => member.system === 'patroni' && member.name === patroni.leader);
  const details = containers.find(({ container }) => container.name === way?.member.container);
  if (way === undefined || details === undefined) {
    throw new StackError('precondition', `${patroni.leader} leads, but its container is not here`);
  }
  const { PATRONI_SUPERUSER_USERNAME, PATRONI_REPLICATION_USERNAME, PATRONI_REWIND_USERNAME } = details.env;
  const env = postgresEnv(way, details);
  const roles = [env.PGUSER, PATRONI_SUPERUSER_USERNAME, PATRONI_REPLICATION_USERNAME, PATRONI_REWIND_USERNAME];
  return {
    member: patroni.leader,
    containerId: details.container.id,
    env,
    roles: roles.filter((role) => role !== undefined),
  };
}

/** Where images keep Postgres's programs when they are not on the path. */
const findPrograms = `for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/bitnami/postgresql/bin; do
  [ -d "$folder" ] && PATH="$PATH:$folder"
done`;

export type LeaderProcess = {
  /** Its stdin and stdout. */
  readonly stdio: Duplex;
  /** Its end of stderr, without what the program itself told. */
  said(): string;
  /** null while it runs. */
  exitCode(): number | null;
};

/** A shell script beside the leading Postgres, `argv` its arguments. No secret is in its command line. */
export async function besideLeader(
  { engine }: ActionMeans,
  { containerId, env }: PostgresLeader,
  script: string,
  argv: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<LeaderProcess> {
  let stderr = '';
  let exitCode: number | null = null;
  const stdio = await engine.exec(containerId, ['sh', '-c', `${findPrograms}\n${script}`, 'paws-top', ...argv], {
    env: { ...env, ...more },
    onStderr: (chunk) => {
      stderr = `${stderr}${chunk.toString()}`.slice(-keptStderr);
    },
    onExit: (code) => {
      exitCode = code;
    },
  });
  return { stdio, said: () => stderr, exitCode: () => exitCode };
}

/** What psql prints for a query, unaligned. @throws StackError */
export async function askLeader(means: ActionMeans, leader: PostgresLeader, query: string): Promise<string> {
  const process = await besideLeader(means, leader, 'exec psql "$@"', ['-XAtqw', '-d', 'postgres', '-c', query]);
  const late = setTimeout(() => process.stdio.destroy(new Error('late')), askDeadlineMs);
  try {
    process.stdio.end();
    const answer = await text(process.stdio);
    if (process.exitCode() === 0) return answer.trim();
    throw new StackError('rejected', `psql on ${leader.member}: ${lastLine(process.said())}`);
  } catch (error) {
    if (error instanceof StackError) throw error;
    throw new StackError('timeout', `psql on ${leader.member} did not answer within ${askDeadlineMs / 1_000} s`, {
      cause: error,
    });
  } finally {
    clearTimeout(late);
  }
}

/** The last thing that a program complained of, harmless to a terminal. */
export function lastLine(said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /\b(ERROR|FATAL|PANIC|error):/.test(line));
  return plain(errors.at(-1) ?? lines.at(-1) ?? 'it ended without a word').trim();
}
