import { existsSync, readdirSync } from 'node:fs';
import { open, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { stateDir, writePrivately } from '../engine/state-dir.ts';
import { StackError } from '../stack/errors.ts';
import { readEntry } from './journal-entry.ts';
import type { JournalEntry } from './types.ts';

/** Faults that are active, or may be: one file each, on the disk before the fault comes about and until it is undone. */
export type Journal = {
  readonly project: string;
  /** On the disk when this resolves. */
  write(entry: JournalEntry): Promise<void>;
  /** Oldest first. What cannot be read is told and left alone. @throws StackError where the folder itself cannot be read */
  list(): Promise<Listed>;
  /** No error when it is gone; off the disk when this resolves. */
  remove(id: string): Promise<void>;
};

export type Listed = {
  readonly entries: readonly JournalEntry[];
  /** A sentence each, with the file's path. */
  readonly unreadable: readonly string[];
};

const suffix = '.json';

/** The journal of a project; nothing is made before the first entry. */
export function openJournal({ env, project }: { readonly env: NodeJS.ProcessEnv; readonly project: string }): Journal {
  const folder = join(stateDir(env, project), 'faults');
  const pathOf = (id: string): string => {
    if (!/^[\w.-]+$/.test(id)) throw new StackError('internal', `"${id}" is no name for an entry of the journal`);
    return join(folder, `${id}${suffix}`);
  };

  return {
    project,
    write: async (entry) => writePrivately(pathOf(entry.id), `${JSON.stringify(entry, null, 2)}\n`),
    list: async () => {
      const entries: JournalEntry[] = [];
      const unreadable: string[] = [];
      for (const name of await namesIn(folder)) {
        const path = join(folder, name);
        const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error);
        if (text instanceof Error && text.code === 'ENOENT') continue; // undone in this very moment
        const found = text instanceof Error ? `it cannot be read (${text.message})` : readEntry(text);
        if (typeof found === 'string') unreadable.push(`${path}: ${found}`);
        else if (found.id !== basename(name, suffix) || found.project !== project) {
          unreadable.push(`${path}: it tells of another entry, "${found.id}" of project "${found.project}"`);
        } else entries.push(found);
      }
      entries.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
      return { entries, unreadable };
    },
    remove: async (id) => {
      await rm(pathOf(id), { force: true });
      const entry = await open(folder, 'r').catch(() => null); // no folder: nothing was ever written
      await entry?.sync().finally(() => entry.close());
    },
  };
}

/** Every project that has something in its journal, or has had. */
export function listAllJournals(env: NodeJS.ProcessEnv): readonly Journal[] {
  const base = dirname(stateDir(env, 'any'));
  return foldersIn(base)
    .filter((project) => existsSync(join(base, project, 'faults')))
    .map((project) => openJournal({ env, project }));
}

function foldersIn(base: string): readonly string[] {
  try {
    return readdirSync(base).sort();
  } catch {
    return []; // paws-top has never kept anything here
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    // What is not yet, or never was, written whole is called otherwise.
    return (await readdir(folder)).filter((name) => name.endsWith(suffix)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new StackError('precondition', `the fault journal in ${folder} cannot be read`, { cause: error });
  }
}
