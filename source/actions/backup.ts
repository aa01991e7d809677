import { basename } from 'node:path';
import { StackError } from '../stack/errors.ts';
import { bytes, list } from '../stack/format.ts';
import { type Dumped, dumpArgv, dumpLeader } from './backup-dump.ts';
import { postgresLeader } from './postgres-leader.ts';
import { leaveIt, leftAlone, previewOf, refusal } from './preview.ts';
import type { Action, Choice, Seen } from './types.ts';
import { pathOf, wayTo } from './whole-file.ts';

const replace: Choice = { id: 'replace', label: 'replace it' };

/** What was written, in a sentence. */
export const dumpedText = (path: string, { databases, bytes: size }: Dumped, member: string): string =>
  `${basename(path)}: ${list(databases.filter((name) => name !== 'template1'))}, ${bytes(size)} of SQL, from ${member}`;

/** Why a backup or restore is not to be had by what is seen; null: it is. */
export function noLeader({ report }: Seen): string | null {
  if (report.patroni === null) return 'there is no Patroni';
  return report.patroni.leader === null ? 'nobody leads' : null;
}

export const backupAction: Action = {
  id: 'patroni.backup',
  label: 'Back up database',
  does: 'Writes every database and role to a file: pg_dumpall on whoever leads.',
  scope: 'cluster',
  system: 'patroni',
  danger: 'safe',
  many: false,
  ask: { what: 'File', hint: 'backup.sql, or backup.sql.gz for a compressed one', initial: '' },
  unavailable: (_target, seen) => noLeader(seen),
  async preview({ seen, input }) {
    if (input.trim() === '') return refusal('say which file');
    const path = pathOf(input.trim());
    const { exists, obstacle } = await wayTo(path);
    if (obstacle !== null) return refusal(obstacle);
    const leader = seen.report.patroni?.leader ?? null;
    if (leader === null) return refusal('nobody leads');
    return previewOf({
      effects: [
        `${leader} reads everything out, next to its other work; nobody waits.`,
        ...(exists ? [`${path} is there already, and would be replaced once the new one is whole.`] : []),
      ],
      literal: [`${dumpArgv.join(' ')}   # on ${leader}, into ${path}`],
      choices: exists ? [leaveIt, replace] : [{ id: 'go', label: 'back up' }],
    });
  },
  async run({ means, input, choice, signal, say }) {
    if (choice === leaveIt.id) return leftAlone;
    const path = pathOf(input.trim());
    if (choice !== replace.id && (await wayTo(path)).exists) {
      throw new StackError('precondition', `${path} is there by now; nothing was done`);
    }
    const leader = await postgresLeader(means);
    say(`${leader.member} is read`);
    return dumpedText(path, await dumpLeader({ means, leader, path, signal }), leader.member);
  },
};
