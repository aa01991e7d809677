import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { StackError } from '../stack/errors.ts';
import { type DumpFacts, readDump } from './dump-facts.ts';

/** The text of a dump, also of a compressed one, whatever its name is. @throws StackError `precondition` */
export async function openDump(path: string): Promise<Readable> {
  const head = Buffer.alloc(2);
  try {
    const file = await open(path);
    await file.read(head, 0, 2, 0).finally(() => file.close());
  } catch (error) {
    throw new StackError('precondition', `${path} can't be read`, { cause: error });
  }
  const file = createReadStream(path);
  if (head.readUInt16BE() !== 0x1f8b) return file;
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  gunzip.once('close', () => file.destroy());
  return file.pipe(gunzip);
}

/** Reads it from end to end. @throws StackError `precondition` where it can't be, or is cut short */
export async function dumpFacts(path: string): Promise<DumpFacts> {
  const dump = readDump();
  try {
    for await (const chunk of (await openDump(path)) as AsyncIterable<Buffer>) dump.push(chunk);
  } catch (error) {
    if (error instanceof StackError) throw error;
    throw new StackError('precondition', `${path} can't be read to its end`, { cause: error });
  }
  return dump.facts();
}

/** Why a file is none to restore from, a sentence; null: it is one. `server`: its version as Postgres counts. */
export function unfit(path: string, dump: DumpFacts, server: number): string | null {
  if (!dump.isDump) return `${path} is no dump of pg_dumpall`;
  if (!dump.complete) return `${path} is cut short: its last line is missing`;
  if (dump.cleans) return `${path} was made with --clean, which drops databases that are in use; make it without`;
  if (server < 130_000)
    return 'the server is older than PostgreSQL 13, which restoring while others are connected takes';
  const major = Number.parseInt(dump.version ?? '0', 10);
  if (major > Math.floor(server / 10_000)) {
    return `${path} is from PostgreSQL ${dump.version}, newer than the server here (${Math.floor(server / 10_000)})`;
  }
  return null;
}
