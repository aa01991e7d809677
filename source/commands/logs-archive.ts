import { join } from 'node:path';
import { withLock } from '../drills/lock.ts';
import { type Archive, openArchive, readArchived } from '../logs/archive-read.ts';
import { openArchiveWriter } from '../logs/archive-write.ts';
import { createFollowing } from '../logs/following.ts';
import { compare } from '../logs/merge.ts';
import type { Line, Moment } from '../logs/types.ts';
import { StackError } from '../stack/errors.ts';
import { after } from './after.ts';
import { chosen, createSources, type LogsOptions, whenAborted } from './logs-choice.ts';
import { createTrouble } from './logs-trouble.ts';
import { parseSince } from './logs-words.ts';

const flushMs = 1_000;
/** Lines of stdout and stderr are stamped before they are put in a row: so much of the end of an archive is compared. */
const overlapMs = 1_000;

/**
 * `paws-top logs --archive DIR`: keeps all lines of the services until interrupted, or with `--no-follow` all that there are.
 * What the archive has already is not written twice, and what came since it was left off is added.
 */
export async function archiveLogs(options: LogsOptions): Promise<number> {
  const {
    flags: { archive: dir = '.' },
  } = options;
  const folder = join(dir, '.lock');
  try {
    return await withLock(folder, () => keep(options, dir), { waitMs: 1_000, what: `archiving into ${dir}` });
  } catch (error) {
    if (error instanceof StackError || (error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new StackError('precondition', `${dir} cannot be written`, { cause: error });
  }
}

async function keep(options: LogsOptions, dir: string): Promise<number> {
  const { flags, say, interrupted } = options;
  const range = await Promise.race([chosen(options), whenAborted(interrupted)]);
  if (range === undefined) return 130;
  const writing = Promise.withResolvers<never>();
  const sources = createSources();
  const writer = await openArchiveWriter({
    dir,
    limit: flags.archiveSize,
    sourceOf: (number) => sources.get(number) ?? { service: 'unknown', container: 'unknown' },
    say,
  });
  const before = await endsOf(await openArchive(dir), interrupted);
  const numbers: number[] = [];
  let holding = false;

  function sink(line: Line): void {
    const number = numbers[line.source];
    const source = number === undefined ? null : sources.get(number);
    if (source === null || number === undefined || before.get(source.container)?.has(line)) return;
    if (writer.add({ ...line, source: number }) || holding) return;
    holding = true;
    for (let index = 0; index < numbers.length; index++) reading.hold(index, true);
    writer.written().then(() => {
      holding = false;
      for (let index = 0; index < numbers.length; index++) reading.hold(index, false);
    }, writing.reject);
  }

  const asked = flags.since === undefined ? everything : parseSince(flags.since, Date.now());
  const reading = createFollowing({
    connect: range.connect,
    project: () => range.project,
    sink,
    bound: Number.POSITIVE_INFINITY,
    since: (container) => laterOf(before.get(container)?.from, asked),
    follow: flags.follow,
    ...(flags.tail === undefined ? {} : { tail: flags.tail }),
    now: Date.now,
    after,
  });
  reading.subscribe(() => {
    for (const { source } of reading.sources)
      numbers[source.index] = sources.numberOf(source.container, source.service);
  });
  const trouble = createTrouble(say, flags.follow);
  trouble.watch(reading, range.services);
  const flushing = setInterval(() => void writer.flush().catch(writing.reject), flushMs);
  const size = flags.archiveSize / 2 ** 20;
  const many = range.services?.join(', ') ?? `all services (${range.containers.length})`;
  say(
    `archiving ${many} into ${dir}, ${size >= 1_024 ? `${+(size / 1_024).toFixed(1)} GB` : `${+size.toFixed(1)} MB`} at most`,
  );
  reading.choose(range.services);
  try {
    await Promise.race([reading.done, writing.promise, trouble.givenUp, whenAborted(interrupted)]);
    const all = reading.trouble === null;
    await writer.close();
    if (interrupted.aborted) return 130;
    if (!all) throw new StackError('rejected', 'not all logs could be read');
    return 0;
  } finally {
    clearInterval(flushing);
    trouble.stop();
    reading.stop();
  }
}

const everything: Moment = { ms: 0, ns: 0 };

/** The end of what is archived of a container. */
type End = {
  readonly from: Moment;
  /** Whether a line is archived already; asked once for each line, in their order. */
  has(line: Line): boolean;
};

/** By container. */
async function endsOf(archive: Archive, signal: AbortSignal): Promise<ReadonlyMap<string, End>> {
  const ends = new Map<string, End>();
  for (const { container, files } of archive.sources) {
    const range = { dir: archive.dir, tail: null, ready: async () => {}, say: () => {}, signal };
    let last: Moment | null = null;
    const newest = (at: Moment, kind: Line['kind']): void => {
      if (kind !== 'note' && (last === null || compare(last, at) < 0)) last = at;
    };
    // The newest file may hold nothing but what no longer came to an end.
    for (let index = files.length - 1; index >= 0 && last === null; index--) {
      await readArchived({ ...range, files: files.slice(index, index + 1), since: null, line: newest });
    }
    if (last === null) continue;
    const from: Moment = { ms: (last as Moment).ms - overlapMs, ns: 0 };
    const counts = new Map<number, number>();
    const count = (at: Moment, kind: Line['kind']): void => {
      if (kind === 'note') return;
      const key = keyOf(at, kind, from);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    };
    await readArchived({ ...range, files, since: from, line: count });
    ends.set(container, endOf(from, counts));
  }
  return ends;
}

/** A number, since hundreds of thousands of lines may be of one second. */
const keyOf = ({ ms, ns }: Moment, kind: Line['kind'], from: Moment): number =>
  2 * ((ms - from.ms) * 1e6 + ns) + (kind === 'err' ? 1 : 0);

function endOf(from: Moment, counts: Map<number, number>): End {
  return {
    from,
    has({ kind, at }) {
      if (kind === 'note') return false;
      if (compare(at, from) < 0) return true;
      if (counts.size === 0) return false;
      const key = keyOf(at, kind, from);
      const count = counts.get(key) ?? 0;
      if (count > 1) counts.set(key, count - 1);
      else counts.delete(key);
      return count > 0;
    },
  };
}

/** From where the engine is asked: what is archived already need not come again. */
function laterOf(end: Moment | undefined, asked: Moment): Moment {
  return end === undefined || compare(end, asked) < 0 ? asked : end;
}
