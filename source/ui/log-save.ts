import { accessSync, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, extname, isAbsolute, join } from 'node:path';
import { isoMoment, jsonLine } from '../logs/json-line.ts';
import type { Level, LineKind, LogBuffer, Moment, Source } from '../logs/types.ts';

/** Keys wait no longer than this for a file. */
const sliceMs = 4;
const chunkBytes = 256 * 1024;
/** Names that are tried before it is given up. */
const mostNames = 100;

/** Lines apart from the buffer, where in a flood they would fall out while they are written. */
export type LinesCopy = { readonly lines: readonly LineCopy[]; readonly text: Buffer };
type LineCopy = {
  readonly at: Moment;
  readonly kind: LineKind;
  /** Only in what becomes JSON. */
  readonly level: Level | null;
  readonly cut: number;
  readonly source: number;
  /** Where its text stands. */
  readonly from: number;
  readonly to: number;
};

/** `paws-logs-20261123-210411.log` in the current folder, or where that can't be written to in the temporary one. */
export function proposedPath(now: number, folder: string, temporary: string): string {
  const date = new Date(now);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  const time = `${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
  return join(isWritable(folder) ? folder : temporary, `paws-logs-${day}-${time}.log`);
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** What was typed as an absolute path; `~` is the home folder. */
export function pathOf(typed: string, folder: string, home: string): string {
  const text = typed.trim();
  if (text === '~' || text.startsWith('~/')) return join(home, text.slice(1));
  return isAbsolute(text) ? text : join(folder, text);
}

/** What these slots hold now, for a file of this name: 100,000 lines in some 30 ms, all at once, so that none is missing. */
export function copyLines(slots: Int32Array | readonly number[], buffer: LogBuffer, path: string): LinesCopy {
  const levels = isJson(path);
  let length = 0;
  for (const slot of slots) length += buffer.shared.length[slot] ?? 0;
  const text = Buffer.allocUnsafe(length);
  const lines: LineCopy[] = [];
  let from = 0;
  for (const slot of slots) {
    const to = from + buffer.bytes(slot).copy(text, from);
    lines.push({
      at: { ms: buffer.ms(slot), ns: buffer.ns(slot) },
      kind: buffer.kind(slot),
      level: levels ? buffer.level(slot) : null,
      cut: buffer.cut(slot),
      source: buffer.source(slot),
      from,
      to,
    });
    from = to;
  }
  return { lines, text };
}

const isJson = (path: string): boolean => /\.(json|jsonl|ndjson)$/.test(path);

/**
 * Writes lines to a file of its own that only its owner can read, in slices of a few ms; JSON, one object a line, where the
 * name ends in `.json`. A file that exists is left as it is: the name gets a number. Resolves with the path. Throws what the
 * file system says.
 */
export async function saveLines(path: string, { lines, text }: LinesCopy, sources: readonly Source[]): Promise<string> {
  const { file, path: opened } = await create(path);
  const write = isJson(path) ? jsonOf : plainOf;
  const byIndex = new Map(sources.map((source) => [source.index, source]));
  try {
    for (let next = 0; next < lines.length; ) {
      const until = performance.now() + sliceMs;
      const chunk: Buffer[] = [];
      for (let size = 0; size < chunkBytes && performance.now() < until; next += 1) {
        const line = lines[next];
        if (line === undefined) break;
        const written = write(line, text.subarray(line.from, line.to), byIndex.get(line.source) ?? null);
        chunk.push(written);
        size += written.length;
      }
      // Unlike write, all of it or an error: a disk may take a part.
      await file.appendFile(Buffer.concat(chunk));
    }
  } finally {
    await file.close();
  }
  return opened;
}

async function create(path: string): Promise<{ file: FileHandle; path: string }> {
  const ending = extname(path);
  const name = path.slice(0, path.length - ending.length);
  for (let number = 0; ; number += 1) {
    const numbered = number === 0 ? path : `${name}-${number}${ending}`;
    try {
      return { file: await open(numbered, 'wx', 0o600), path: numbered };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || number >= mostNames) throw error;
    }
  }
}

const newline = Buffer.from('\n');

/** `2026-11-23T21:04:11.123456789Z etcd1 | text`, the text as it was written. */
function plainOf({ at, cut }: LineCopy, text: Buffer, source: Source | null): Buffer {
  const before = `${isoMoment(at)} ${source?.service ?? '-'} | `;
  const after = cut > 0 ? Buffer.from(` … ${cut} bytes left out\n`) : newline;
  return Buffer.concat([Buffer.from(before), text, after]);
}

const jsonOf = (line: LineCopy, text: Buffer, source: Source | null): Buffer =>
  Buffer.from(`${JSON.stringify(jsonLine({ ...line, text: text.toString() }, source))}\n`);

/** Why nothing was saved, as a sentence. */
export function savingFailed(error: unknown, path: string): string {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  const why = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  return code === 'ENOENT' ? `not saved: there is no folder ${dirname(path)}` : `not saved to ${path}: ${why}`;
}
const reasons: Readonly<Record<string, string>> = {
  EACCES: 'writing there is not permitted',
  EPERM: 'writing there is not permitted',
  EROFS: 'it is a read-only file system',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  EEXIST: 'a hundred files of that name are there',
  ENAMETOOLONG: 'the name is too long',
};
