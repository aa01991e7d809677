import { accessSync, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, extname, isAbsolute, join } from 'node:path';
import { isoMoment, jsonLine } from '../logs/json-line.ts';
import type { LineId, LogBuffer, Source } from '../logs/types.ts';
import type { LogShown } from './log-types.ts';

/** Keys wait no longer than this for a file. */
const sliceMs = 4;
const chunkBytes = 256 * 1024;
/** Names that are tried before it is given up. */
const mostNames = 100;

export type Saved = {
  readonly path: string;
  readonly lines: number;
  /** Lines that fell out of the buffer before they were written. */
  readonly gone: number;
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

/** Lines that show, the oldest first, up to what is the newest now; lines that fall out meanwhile are passed over. */
export function* shownLines(shown: LogShown, buffer: LogBuffer): Generator<LineId> {
  const last = shown.last();
  if (last === null) return;
  for (let line = shown.first(); line !== null; ) {
    yield line;
    if (line.seq === last.seq && line.slot === last.slot) return;
    const before: LineId = line;
    // From what has fallen out, the oldest that is left is the next one.
    line = buffer.holds(before) ? shown.step(before, 1) : shown.first();
    if (line === null || (line.slot === before.slot && line.seq === before.seq)) return;
    if (!buffer.holds(last)) return;
  }
}

/**
 * Writes lines to a file of its own that only its owner can read, in slices of a few ms; JSON, one object a line, where the
 * name ends in `.json`. A file that exists is left as it is: the name gets a number. Throws what the file system says.
 */
export async function saveLines(
  path: string,
  lines: Iterable<LineId>,
  buffer: LogBuffer,
  sources: readonly Source[],
): Promise<Saved> {
  const { file, path: opened } = await create(path);
  const write = /\.(json|jsonl|ndjson)$/.test(path) ? jsonOf : plainOf;
  const counts = { lines: 0, gone: 0 };
  const byIndex = new Map(sources.map((source) => [source.index, source]));
  try {
    const rest = lines[Symbol.iterator]();
    for (let more = true; more; ) {
      const until = performance.now() + sliceMs;
      const chunk: Buffer[] = [];
      let size = 0;
      while (more && size < chunkBytes && performance.now() < until) {
        const { value: line, done } = rest.next();
        more = done !== true;
        if (done === true) break;
        if (!buffer.holds(line)) {
          counts.gone += 1;
          continue;
        }
        const text = write(buffer, line.slot, byIndex.get(buffer.source(line.slot)) ?? null);
        chunk.push(text);
        size += text.length;
        counts.lines += 1;
      }
      await file.writev([Buffer.concat(chunk)]);
    }
  } finally {
    await file.close();
  }
  return { path: opened, ...counts };
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

/** `2026-11-23T21:04:11.123456789Z etcd1 | text`, the text as it was written. Copied at once: the bytes are only lent. */
function plainOf(buffer: LogBuffer, slot: number, source: Source | null): Buffer {
  const at = isoMoment({ ms: buffer.ms(slot), ns: buffer.ns(slot) });
  const before = `${at} ${source?.service ?? '-'} | `;
  const cut = buffer.cut(slot);
  const after = cut > 0 ? Buffer.from(` … ${cut} bytes left out\n`) : newline;
  return Buffer.concat([Buffer.from(before), buffer.bytes(slot), after]);
}

const jsonOf = (buffer: LogBuffer, slot: number, source: Source | null): Buffer =>
  Buffer.from(`${JSON.stringify(jsonLine(lineAt(buffer, slot), source))}\n`);

const lineAt = (buffer: LogBuffer, slot: number) => ({
  at: { ms: buffer.ms(slot), ns: buffer.ns(slot) },
  kind: buffer.kind(slot),
  level: buffer.level(slot),
  text: buffer.text(slot),
  cut: buffer.cut(slot),
});

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
