import { findDrill } from '../drills/choose.ts';
import type { Drilling } from '../drills/drilling.ts';
import type { Drill, DrillPlan, DrillReport, Seen, Watch } from '../drills/types.ts';
import { StackError } from '../stack/errors.ts';
import { drillNews } from './drill-news.ts';
import type { Flags } from './flags.ts';

export type DrillOptions = {
  readonly flags: Flags;
  readonly words: readonly string[];
  readonly drilling: Drilling;
  readonly watch: Watch;
  readonly write: (text: string) => Promise<void>;
  readonly stderr: { write(text: string): unknown };
  readonly signal: AbortSignal;
};

const exitCodes = { passed: 0, failed: 1, 'not-run': 2, inconclusive: 3 } as const;

export async function drill(options: DrillOptions): Promise<number> {
  const { flags, words, drilling, watch, write, stderr, signal } = options;
  const first = watch.latest();
  if (first === null) throw new StackError('no-engine', 'nothing to watch');
  const chosen = findDrill(words[0] ?? '', first);
  await drilling.refresh(chosen.breaks.some(({fault}) => fault.kind === 'delay'), (text) => stderr.write(`${text}\n`));
  const seen = (await watch.until((seen) => drilling.plan(chosen, seen).missing.length === 0, 10_000)) ?? watch.latest() ?? first;
  const plan = drilling.plan(chosen, seen);
  stderr.write(`${JSON.stringify({ ...plan, drill: plan.drill.id }, null, 1)}\n`);
  if (plan.missing.length > 0) return 2;
  const report = await drilling.run(plan, { perSecond: flags.rate, signal, onProgress: drillNews(stderr) });
  await write(`${JSON.stringify(report, null, 1)}\n`);
  return exitCodes[report.verdict];
}
export type Unused = [Drill, DrillPlan, DrillReport, Seen];
