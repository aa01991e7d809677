import type { Access } from '../engine/types.ts';
import type { Mend } from './heal.ts';
import { applyUndo } from './undo.ts';

/** Undoes each kind of thing; the members are looked up, and their clients loaded, only where they are needed. */
export function mender(survey: (project: string) => Promise<readonly Access[]>): Mend {
  return (undo, { project }, engine) =>
    applyUndo(undo, {
      engine,
      project,
      settleRedis: async (settle) => {
        const { settleRedis } = await import('../actions/redis-settle.ts');
        return settleRedis(settle, await survey(project));
      },
      settlePatroni: async (settle) => {
        const { settlePatroni } = await import('../actions/patroni-settle.ts');
        return settlePatroni(settle, await survey(project));
      },
      cleanLedger: async ({ system, run, name }) => {
        const { cleanLedger } = await import('./ledgers.ts');
        await cleanLedger(system, run, await survey(project));
        return `${name} removed`;
      },
    });
}
