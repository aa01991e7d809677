import { drillsFor } from '../drills/choose.ts';
import type { Drilling } from '../drills/drilling.ts';
import type { Means } from '../drills/drills.ts';
import { healJournals, isLeftBehind } from '../drills/heal.ts';
import { openJournal } from '../drills/journal.ts';
import { healingMeans } from './healing.ts';

/** What the screen's drills are made of. */
export function drillMeans({
  drilling,
  env,
  project,
}: {
  readonly drilling: Drilling;
  readonly env: NodeJS.ProcessEnv;
  readonly project: string;
}): Means {
  const journal = openJournal({ env, project });
  return {
    drilling,
    plans: (seen) => drillsFor(seen).map((drill) => drilling.plan(drill, seen)),
    async heal() {
      const said: string[] = [];
      const say = (sentence: string) => said.push(sentence);
      await healJournals({ ...healingMeans(env), env, journals: [journal], which: 'all', now: Date.now, say });
      return said;
    },
    async leftBehind() {
      const { entries } = await journal.list();
      const left = await Promise.all(entries.map((entry) => isLeftBehind(entry, Date.now())));
      return entries.filter((_, index) => left[index]);
    },
  };
}
