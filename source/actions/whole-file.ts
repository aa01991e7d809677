import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import type { Writable } from 'node:stream';
import { StackError } from '../stack/errors.ts';

/** A file as a person typed it: from the folder where the program was started, or from home. */
export const pathOf = (typed: string): string =>
  typed.startsWith('~/') ? join(homedir(), typed.slice(2)) : resolve(typed);

/** What stands in the way of writing there; null: nothing. `exists`: something would be replaced. */
export async function wayTo(path: string): Promise<{ readonly exists: boolean; readonly obstacle: string | null }> {
  const [folder, file, part] = await Promise.all([kindOf(dirname(path)), kindOf(path), kindOf(`${path}.part`)]);
  const exists = file !== null;
  if (folder !== 'folder') return { exists, obstacle: `there is no folder ${dirname(path)}` };
  if (file === 'folder') return { exists, obstacle: `${path} is a folder` };
  return { exists, obstacle: part === null ? null : inTheWay(path) };
}

async function kindOf(path: string): Promise<'folder' | 'other' | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return null;
  return found.isDirectory() ? 'folder' : 'other';
}

const inTheWay = (path: string): string =>
  `${path}.part is there: of one that is being written, or was killed while it was; remove it first`;

/**
 * Writes a file that is there whole or not at all: into FILE.part, which gets its name when everything is on the disk, and
 * is gone when that fails. Only its owner can read it. @throws StackError `precondition`, or what `fill` throws
 */
export async function writeWhole<T>(path: string, fill: (file: Writable) => Promise<T>): Promise<T> {
  const part = `${path}.part`;
  // On the disk, not only on its way there, before it is closed.
  const file = createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true });
  const sweep = () => rmSync(part, { force: true });
  const closed = once(file, 'close');
  closed.catch(() => {}); // its error is thrown where it is met first
  try {
    await once(file, 'open');
  } catch (error) {
    throw cannotWrite(path, error);
  }
  // A second Ctrl+C waits for nobody.
  process.once('exit', sweep);
  try {
    const result = await fill(file);
    file.end();
    await closed;
    await rename(part, path);
    return result;
  } catch (error) {
    file.destroy();
    sweep();
    throw cannotWrite(path, error);
  } finally {
    process.off('exit', sweep);
  }
}

/** Errors of the file system as sentences, others as they are. */
function cannotWrite(path: string, error: unknown): unknown {
  const { code, syscall } = (error ?? {}) as { code?: unknown; syscall?: unknown };
  if (error instanceof StackError || typeof code !== 'string' || typeof syscall !== 'string') return error;
  if (!['open', 'write', 'fsync', 'rename', 'close'].includes(syscall)) return error;
  if (code === 'EEXIST') return new StackError('precondition', inTheWay(path), { cause: error });
  const why = { ENOENT: 'there is no such folder', EACCES: 'you may not', ENOSPC: 'the disk is full' }[code] ?? code;
  return new StackError('precondition', `${path} can't be written: ${why}`, { cause: error });
}
