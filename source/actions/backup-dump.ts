import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { StackError } from '../stack/errors.ts';
import { type DumpFacts, readDump } from './dump-facts.ts';
import { besideLeader, lastLine, type PostgresLeader } from './postgres-leader.ts';
import type { ActionMeans } from './types.ts';
import { writeWhole } from './whole-file.ts';

/** Not a byte for so long: whoever sends them hangs, or is paused. */
const silentMs = 60_000;
/** A look at who leads, after the end of it. */
const lookMs = 5_000;

export const dumpArgv = ['pg_dumpall', '--no-password', '--lock-wait-timeout=10s'] as const;

/**
 * Runs its arguments, and ends them and what they have started as soon as stdin ends, which is when nobody waits for them
 * any more: the engine itself lets a process go on that nobody listens to, with the locks that it holds. What it execs is
 * a process group of its own (runc, setns_init_linux.go).
 */
const untilAlone = `exec 3<&0
"$@" < /dev/null &
work=$!
(cat <&3; kill 0) > /dev/null 2>&1 &
watch=$!
exec 3<&-
wait $work
code=$?
kill $watch
exit $code`;

export type Dumped = DumpFacts & {
  /** Of SQL, before it was compressed. */
  readonly bytes: number;
};

type Dump = {
  readonly means: ActionMeans;
  readonly leader: PostgresLeader;
  readonly path: string;
  readonly signal: AbortSignal;
  /** How much has come so far. */
  readonly onBytes?: (bytes: number) => void;
};

/**
 * Everything that the leader has, as pg_dumpall writes it, into a file that is whole or not there; compressed where its name
 * ends in `.gz`. @throws StackError: what went wrong, and that nothing was kept
 */
export async function dumpLeader({ means, leader, path, signal, onBytes }: Dump): Promise<Dumped> {
  return writeWhole(path, async (file) => {
    const process = await besideLeader(means, leader, untilAlone, dumpArgv);
    const dump = readDump();
    const silent = new AbortController();
    const timer = setTimeout(() => silent.abort(), silentMs);
    let bytes = 0;
    async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        timer.refresh();
        dump.push(chunk);
        bytes += chunk.length;
        onBytes?.(bytes);
        yield chunk;
      }
    }
    try {
      const end = { signal: AbortSignal.any([signal, silent.signal]) };
      if (path.endsWith('.gz')) await pipeline(process.stdio, counted, createGzip(), file, end);
      else await pipeline(process.stdio, counted, file, end);
    } catch (error) {
      if (signal.aborted) throw new StackError('precondition', 'interrupted: nothing was kept', { cause: error });
      if ((error as { syscall?: unknown }).syscall !== undefined) throw error; // of the file
      const why = silent.signal.aborted ? `sent nothing for ${silentMs / 1_000} s` : 'was lost in the middle';
      throw await cutShort(means, leader, why, error);
    } finally {
      clearTimeout(timer);
      process.stdio.destroy();
    }
    const facts = dump.facts();
    if (process.exitCode() !== 0) throw await cutShort(means, leader, `said: ${lastLine(process.said())}`);
    if (!facts.complete) throw await cutShort(means, leader, 'ended before the end of the dump');
    const now = await leadsNow(means);
    if (now !== leader.member) throw moved(leader, now);
    return { ...facts, bytes };
  });
}

/** Whoever leads by a look from now on; null: nobody. */
async function leadsNow(means: ActionMeans): Promise<string | null> {
  const since = Date.now();
  const patience = { deadlineMs: lookMs, what: 'another look at who leads' };
  const seen = await means.until(({ snapshot }) => snapshot.at >= since, patience).catch(() => means.seen());
  return seen?.report.patroni?.leader ?? null;
}

async function cutShort(means: ActionMeans, leader: PostgresLeader, why: string, cause?: unknown): Promise<StackError> {
  const now = await leadsNow(means);
  if (now !== leader.member) return moved(leader, now);
  return new StackError('closed', `pg_dumpall on ${leader.member} ${why}; nothing was kept`, { cause });
}

const moved = ({ member }: PostgresLeader, to: string | null): StackError =>
  new StackError(
    'precondition',
    `${member} does not lead any more${to === null ? '' : `, ${to} does`}: nothing was kept; run it again`,
  );
