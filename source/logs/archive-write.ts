import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { constants, createGzip, type Gzip } from 'node:zlib';
import { type Archived, archiveName, byStart, headLine, parseArchiveName, stampText } from './archive-format.ts';
import type { Line } from './types.ts';

export type ArchiveOptions = {
  readonly dir: string;
  /** Bytes that its files may take together. */
  readonly limit: number;
  /** Who a source is. */
  readonly sourceOf: (source: number) => Archived;
  /** One line about what was removed to stay below the limit. */
  readonly say: (line: string) => void;
  /** A file is ended after so many bytes of lines, or so many ms. Defaults: 8 MiB, 1 h. */
  readonly rotateBytes?: number;
  readonly rotateMs?: number;
  readonly now?: () => number;
};

export type ArchiveWriter = {
  /** Copies the line. Returns false when files are behind: `written` resolves when they no longer are. */
  add(line: Line): boolean;
  written(): Promise<void>;
  /**
   * Brings everything so far into the files, so that it survives the end of this process, ends those that are full, and
   * removes the oldest beyond the limit. To be called once a second.
   */
  flush(): Promise<void>;
  close(): Promise<void>;
};

/** A file that is being written. */
type Current = {
  readonly name: string;
  readonly gzip: Gzip;
  readonly closed: Promise<void>;
  readonly openedAt: number;
};

type Stream = {
  readonly archived: Archived;
  /** Lines as they will be written, from 0 to `used`. */
  pending: Buffer;
  used: number;
  /** Of the first of them, epoch ms. */
  pendingSince: number;
  current: Current | null;
  /** Bytes of lines in the current file. */
  raw: number;
};

const pendingBytes = 64 * 1024;
/** Bytes that wait for a disk before no more is taken. */
const mostBehind = 8 * 2 ** 20;

/** Writes lines into compressed files, one after the other for each source; the directory is made. */
export async function openArchiveWriter(options: ArchiveOptions): Promise<ArchiveWriter> {
  const { dir, limit, sourceOf, say, rotateBytes = 8 * 2 ** 20, rotateMs = 3_600_000, now = Date.now } = options;
  const streams = new Map<number, Stream>();
  let behind = 0;
  let failure: unknown = null;
  let work: Promise<void> = Promise.resolve();
  await mkdir(dir, { recursive: true, mode: 0o700 });

  /** Small enough that what may not be removed leaves room for the rest. */
  const mostRaw = () => Math.min(rotateBytes, Math.max(64 * 1024, limit / (2 * streams.size)));

  function streamOf(source: number): Stream {
    const known = streams.get(source);
    if (known !== undefined) return known;
    const pending = Buffer.allocUnsafeSlow(pendingBytes);
    const stream: Stream = { archived: sourceOf(source), pending, used: 0, pendingSince: 0, current: null, raw: 0 };
    streams.set(source, stream);
    return stream;
  }

  function add({ source, kind, at, text, cut }: Line): boolean {
    const stream = streamOf(source);
    const head = `${stampText(at)} ${kind} `;
    const tail = cut === 0 ? '\n' : ` … ${cut} bytes left out\n`;
    const length = head.length + text.length + Buffer.byteLength(tail);
    if (stream.used + length > stream.pending.length) {
      hand(stream);
      if (length > stream.pending.length) stream.pending = Buffer.allocUnsafeSlow(length);
    }
    if (stream.used === 0) stream.pendingSince = at.ms;
    stream.used += stream.pending.write(head, stream.used, 'latin1');
    stream.pending.set(text, stream.used);
    stream.used += text.length;
    stream.used += stream.pending.write(tail, stream.used);
    return behind < mostBehind;
  }

  /** What was said comes out of `written`, `flush` and `close`. */
  function then(step: () => Promise<void>): Promise<void> {
    work = work.then(step).catch((error: unknown) => {
      failure ??= error;
    });
    return work;
  }

  /** Hands pending lines over to be compressed. */
  function hand(stream: Stream): void {
    if (stream.used === 0) return;
    const bytes = stream.pending.subarray(0, stream.used);
    const { pendingSince } = stream;
    stream.pending = Buffer.allocUnsafeSlow(pendingBytes);
    stream.used = 0;
    behind += bytes.length;
    void then(async () => {
      try {
        stream.current ??= await begin(stream.archived, pendingSince);
        stream.raw += bytes.length;
        await new Promise<void>((resolve, reject) => {
          stream.current?.gzip.write(bytes, (error) => (error ? reject(error) : resolve()));
        });
        if (stream.raw >= mostRaw()) await end(stream);
      } finally {
        behind -= bytes.length;
      }
    });
  }

  async function begin(archived: Archived, startedAt: number): Promise<Current> {
    for (let copy = 0; ; copy++) {
      const name = archiveName(archived.service, startedAt, copy);
      try {
        const file = await open(join(dir, name), 'wx', 0o600);
        const gzip = createGzip();
        const closed = finished(gzip.pipe(createWriteStream('', { fd: file })));
        closed.catch((error: unknown) => {
          failure ??= error;
          gzip.destroy();
        });
        gzip.write(headLine(archived));
        return { name, gzip, closed, openedAt: now() };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  }

  async function end(stream: Stream): Promise<void> {
    const { current } = stream;
    stream.current = null;
    stream.raw = 0;
    current?.gzip.end();
    await current?.closed;
  }

  async function sync({ current }: Stream): Promise<void> {
    if (current === null) return;
    await new Promise<void>((resolve) => current.gzip.flush(constants.Z_SYNC_FLUSH, resolve));
  }

  async function prune(): Promise<void> {
    const names = await readdir(dir);
    for (const stream of streams.values()) {
      const { current } = stream;
      if (current === null || names.includes(current.name)) continue;
      say(`${current.name} was removed while it was written; what comes from now on is kept in a new one`);
      await end(stream);
    }
    const files = names.map(parseArchiveName).filter((file) => file !== null);
    const sized = await Promise.all(
      files.map(async (file) => ({ file, bytes: (await stat(join(dir, file.name)).catch(() => null))?.size ?? 0 })),
    );
    let over = sized.reduce((sum, { bytes }) => sum + bytes, 0) - limit;
    const open = new Set([...streams.values()].map(({ current }) => current?.name));
    let removed = 0;
    let freed = 0;
    let last = 0;
    for (const { file, bytes } of sized.sort((a, b) => byStart(a.file, b.file))) {
      if (over <= 0) break;
      if (open.has(file.name)) continue;
      await rm(join(dir, file.name), { force: true });
      over -= bytes;
      freed += bytes;
      removed += 1;
      last = file.startedAt;
    }
    if (removed > 0) {
      const files = removed === 1 ? 'the oldest file' : `the ${removed} oldest files`;
      say(
        `removed ${files} (${mebibytes(freed)}), begun until ${new Date(last).toISOString()}: the limit is ${mebibytes(limit)}`,
      );
    }
  }

  async function all(step: (stream: Stream) => Promise<void>): Promise<void> {
    for (const stream of streams.values()) hand(stream);
    await then(async () => {
      for (const stream of streams.values()) await step(stream);
      await prune();
    });
    if (failure !== null) throw failure;
  }

  return {
    add,
    async written() {
      await work;
      if (failure !== null) throw failure;
    },
    flush: () => all((stream) => (isOld(stream) ? end(stream) : sync(stream))),
    close: () => all(end),
  };

  function isOld({ current }: Stream): boolean {
    return current !== null && now() - current.openedAt >= rotateMs;
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MB`;
}
