import { once } from 'node:events';
import { StackError } from '../stack/errors.ts';
import { besideLeader, lastLine, type PostgresLeader } from './postgres-leader.ts';
import { restorable, type ServerFacts } from './restore-edit.ts';
import { openDump } from './restore-file.ts';
import type { ActionMeans } from './types.ts';

export const restoreArgv = [
  ...['psql', '--no-psqlrc', '--quiet', '--no-password', '--set=ON_ERROR_STOP=1', '--set=VERBOSITY=terse'],
  ...['--output=/dev/null', '--dbname=postgres', '--file=-'],
] as const;

/** Statements with hashes of passwords stay out of the server's log, whatever becomes of them. */
const options = [
  ...['log_min_error_statement=panic', 'log_statement=none', 'log_min_duration_statement=-1'],
  ...['log_duration=off', 'client_min_messages=warning'],
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/** psql takes nothing more for so long: an index of a large table may be made, but not for longer. */
const busyMs = 600_000;

type Restore = {
  readonly means: ActionMeans;
  readonly leader: PostgresLeader;
  readonly server: ServerFacts;
  readonly path: string;
  readonly signal: AbortSignal;
  readonly onDatabase: (name: string) => void;
};

/**
 * Has psql on the leader run a dump, and resolves when it has run all of it; it stops at the first error. @throws StackError
 * what went wrong, and what is half there
 */
export async function restoreDump({ means, leader, server, path, signal, onDatabase }: Restore): Promise<void> {
  let begun = false;
  const edit = restorable(server, (name) => {
    begun = true;
    onDatabase(name);
  });
  const dump = await openDump(path);
  const process = await besideLeader(means, leader, 'exec "$@"', restoreArgv, { PGOPTIONS: options });
  const { stdio } = process;
  const ended = new AbortController();
  stdio.resume().once('close', () => ended.abort()); // it says nothing but on stderr
  stdio.once('end', () => ended.abort());
  stdio.on('error', () => {}); // told by its exit code, or by its lack
  const stuck = new AbortController();
  const timer = setTimeout(() => stuck.abort(), busyMs);
  const patience = { signal: AbortSignal.any([signal, ended.signal, stuck.signal]) };

  async function feed(pieces: Iterable<Buffer>): Promise<boolean> {
    for (const piece of pieces) {
      if (ended.signal.aborted) return false;
      if (!stdio.write(piece)) await once(stdio, 'drain', patience);
      timer.refresh();
    }
    return true;
  }
  try {
    for await (const chunk of dump as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      if (!(await feed(edit.push(chunk)))) break;
    }
    await feed(edit.end());
    stdio.end();
    await fired(patience.signal);
    if (!ended.signal.aborted) throw patience.signal.reason;
  } catch (error) {
    if (signal.aborted) throw new StackError('precondition', `interrupted: ${half(begun)}`, { cause: error });
    if (!ended.signal.aborted)
      throw new StackError('closed', `the restore was cut short: ${half(begun)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    dump.destroy();
    stdio.destroy();
  }
  if (process.exitCode() === 0) return;
  const said = lastLine(process.said()).replace(/^psql:\S*?:(\d+): /, 'line $1: ');
  throw new StackError('rejected', `psql on ${leader.member}: ${said}; ${half(begun)}`);
}

const fired = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });

const half = (begun: boolean): string =>
  begun ? 'the database that it had come to is half there: restore again' : 'no database was touched yet';
