import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { JournalEntry } from '../../source/drills/types.ts';

/** A state directory of its own for one test. */
export function ownState(): NodeJS.ProcessEnv {
  const folder = mkdtempSync(join(tmpdir(), 'paws-top-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { ...process.env, XDG_STATE_HOME: folder };
}

/** A process that never was. */
export const nobody = { pid: 2 ** 22 + 1, startedAt: 'never' };

export function entryWith(parts: Partial<JournalEntry>): JournalEntry {
  return {
    schema: 1,
    id: 'one',
    project: 'shop',
    host: null,
    drill: 'patroni-leader-pause',
    what: 'pause of patroni2',
    createdAt: 1_000,
    deadlineAt: 60_000,
    undo: [{ op: 'unpause', container: 'c2', name: 'patroni2' }],
    owner: nobody,
    ...parts,
  };
}
