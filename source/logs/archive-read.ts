import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, createGunzip } from 'node:zlib';
import { StackError } from '../stack/errors.ts';
import {
  type Archived,
  type ArchiveFile,
  archivedLineReader,
  byStart,
  parseArchiveName,
  parseHeadLine,
} from './archive-format.ts';
import type { LineKind, Moment } from './types.ts';

/** The files of one container, oldest first. */
export type ArchivedSource = Archived & { readonly files: readonly ArchiveFile[] };

export type Archive = {
  readonly dir: string;
  /** By service, then container. */
  readonly sources: readonly ArchivedSource[];
  /** Files in the directory that are not of an archive. */
  readonly foreign: readonly string[];
};

/** What is in a directory. Throws StackError `precondition` when it cannot be read. */
export async function openArchive(dir: string): Promise<Archive> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((cause: unknown) => {
    throw new StackError('precondition', `${dir} cannot be read; name a directory that --archive has written`, {
      cause,
    });
  });
  const sources = new Map<string, Archived & { files: ArchiveFile[] }>();
  const foreign: string[] = [];
  for (const { name } of entries.filter((entry) => entry.isFile())) {
    const file = parseArchiveName(name);
    const archived = file === null ? null : await headOf(join(dir, name));
    if (archived === 'nothing') continue;
    if (file === null || archived === null) {
      foreign.push(name);
      continue;
    }
    const key = `${archived.service} ${archived.container}`;
    const source = sources.get(key) ?? { ...archived, files: [] };
    sources.set(key, source);
    source.files.push(file);
  }
  for (const { files } of sources.values()) files.sort(byStart);
  const ordered = [...sources].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, source]) => source);
  return { dir, sources: ordered, foreign: foreign.sort() };
}

/** null where it is none of ours; its writer may have been killed before anything of it had reached the disk. */
async function headOf(path: string): Promise<Archived | null | 'nothing'> {
  let archived: Archived | null | 'nothing' = 'nothing';
  const trouble = await readLines(path, (bytes, from, to) => {
    archived = parseHeadLine(Buffer.from(bytes.subarray(from, to)).toString());
    return false;
  });
  return trouble === null ? archived : null;
}

export type ReadOptions = {
  readonly dir: string;
  readonly files: readonly ArchiveFile[];
  /** Nothing before. */
  readonly since: Moment | null;
  /** Only so many, the last ones; null: all. */
  readonly tail: number | null;
  readonly line: (at: Moment, kind: LineKind, text: Uint8Array) => void;
  /** Called after each chunk; resolves when more is wanted. */
  readonly ready: () => Promise<void>;
  /** One line about a file that cannot be read to its end. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

/** Reads the lines of one source as they were written, oldest first. */
export async function readArchived(options: ReadOptions): Promise<void> {
  const { dir, since, tail, line, ready, say, signal } = options;
  const files =
    since === null
      ? options.files
      : options.files.filter((_, index) => {
          // All of a file is older than the beginning of the next; its own lines may be a little out of order.
          const next = options.files[index + 1];
          return next === undefined || next.startedAt + 1_000 >= since.ms;
        });
  let first = 0;
  let skip = 0;
  if (tail !== null) {
    let left = tail;
    for (first = files.length; first > 0 && left > 0; first--)
      left -= await count(join(dir, files[first - 1]?.name ?? ''), since);
    skip = Math.max(0, -left);
    if (tail === 0) return;
  }
  const wanted = (at: Moment): boolean =>
    since === null || at.ms > since.ms || (at.ms === since.ms && at.ns >= since.ns);
  const read = archivedLineReader((at, kind, text) => {
    if (!wanted(at)) return;
    if (skip > 0) skip -= 1;
    else line(at, kind, text);
  });
  for (const { name } of files.slice(first)) {
    if (signal.aborted) return;
    const trouble = await readLines(
      join(dir, name),
      (bytes, from, to) => {
        read(bytes, from, to);
        return !signal.aborted;
      },
      ready,
    );
    if (trouble !== null) say(`${name} is damaged (${trouble}); what stands after that place is left out`);
  }

  async function count(path: string, from: Moment | null): Promise<number> {
    let lines = 0;
    const reader = archivedLineReader((at) => {
      if (from === null || wanted(at)) lines += 1;
    });
    await readLines(path, (bytes, start, to) => {
      reader(bytes, start, to);
      return !signal.aborted;
    });
    return lines;
  }
}

/**
 * Lines of a compressed file, without their ends, until the callback returns false. A file that was being written when its
 * writer was killed just ends; a last line without its end is none. Resolves with what is wrong with the file, or null.
 */
async function readLines(
  path: string,
  line: (bytes: Uint8Array, from: number, to: number) => boolean,
  ready: () => Promise<void> = async () => {},
): Promise<string | null> {
  let carry: Uint8Array = new Uint8Array(0);
  const file = createReadStream(path);
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  file.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of file.pipe(gunzip) as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        const whole = carry.length === 0 ? null : Buffer.concat([carry, chunk.subarray(start, end)]);
        if (whole !== null) carry = new Uint8Array(0);
        if (!(whole === null ? line(chunk, start, end) : line(whole, 0, whole.length))) return null;
        start = end + 1;
      }
      carry = carry.length === 0 ? chunk.subarray(start) : Buffer.concat([carry, chunk.subarray(start)]);
      await ready();
    }
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    file.destroy();
  }
}
