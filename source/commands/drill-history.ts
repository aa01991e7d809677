import { catalogue } from '../drills/catalogue.ts';
import { readHistory } from '../drills/history.ts';
import { historyText } from './drill-runs-text.ts';
import type { TextOptions } from './text-table.ts';

/** `drill [ID] --history`: the last runs of a drill, or of every drill that was run, and whether the newest was faster. */
export async function tellHistory(
  options: TextOptions & {
    readonly env: NodeJS.ProcessEnv;
    readonly project: string;
    readonly drill: string | null;
    readonly write: (text: string) => Promise<void>;
  },
): Promise<number> {
  const { env, project, drill, write } = options;
  const ids = drill === null ? catalogue.map(({ id }) => id) : [drill];
  let told = 0;
  for (const id of ids) {
    const history = await readHistory(env, project, id);
    if (drill === null && history.reports.length === 0) continue;
    await write(`${told === 0 ? '' : '\n'}${historyText(id, history, options)}\n`);
    told += 1;
  }
  if (told === 0) await write(`no drill was run on "${project}" yet, as far as is known here\n`);
  return 0;
}
