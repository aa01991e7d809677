import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { catalogue } from '../drills/catalogue.ts';
import type { ChainStep, Condition } from '../drills/chain.ts';
import { brokenLimits, type LimitsBySystem } from '../drills/chain-limits.ts';
import { drillsFor, findDrill } from '../drills/choose.ts';
import type { Drilling } from '../drills/drilling.ts';
import { drawDrills } from '../drills/random.ts';
import { isWritable } from '../drills/recovery.ts';
import type { Drill, DrillPlan, DrillReport, Seen, Watch } from '../drills/types.ts';
import { StackError } from '../stack/errors.ts';
import { type Confirm, confirmed } from './drill-confirm.ts';
import { drillNews } from './drill-news.ts';
import { planText } from './drill-plan-text.ts';
import type { Outcome } from './drill-results.ts';
import type { Flags } from './flags.ts';

export type DrillOptions = {
  readonly flags: Flags;
  readonly words: readonly string[];
  readonly drilling: Drilling;
  readonly watch: Watch;
  readonly stdout: { write(text: string): Promise<void> };
  readonly stderr: { write(text: string): unknown };
  readonly confirm: Confirm;
  readonly signal: AbortSignal;
};

/** How long a stack that is not ready yet is waited for: at the start, and between two drills. */
const readyMs = 15_000;
const againReadyMs = 120_000;

/** `drill --list`: what there is, without looking at any stack. */
export function drillList(json: boolean): string {
  if (json) return `${JSON.stringify(catalogue, null, 2)}\n`;
  const width = Math.max(...catalogue.map(({ id }) => id.length));
  const rows = catalogue.map(({ id, does }) => `${id.padEnd(width)}  ${does}\n`);
  return `${rows.join('')}${'random'.padEnd(width)}  Draws --steps drills by --seed from those within the tolerance.\n`;
}

/** Runs what the words and flags say, one drill after the other. @throws StackError `usage` where they say nothing */
export async function runDrills(options: DrillOptions): Promise<Outcome> {
  const { flags, drilling, watch, stdout, stderr, signal } = options;
  const seen = await firstSight(watch);
  const { name, steps, untilFailed } = await programOf(options, seen);
  const runs: DrillReport[] = [];
  const broken: string[] = [];
  let asked = false;
  let runnable = true;

  for (const step of steps) {
    if (signal.aborted) break;
    if (step.kind === 'wait') {
      if (!flags.dryRun) await sleep(step.ms, undefined, { signal }).catch(() => {});
      continue;
    }
    if (step.kind === 'until') {
      if (flags.dryRun || (await cameTrue(watch, step, signal))) continue;
      broken.push(`${step.condition} did not come about within ${step.withinMs / 1000} s`);
      break;
    }
    const patienceMs = runs.length > 0 ? againReadyMs : runnable ? readyMs : 0;
    const plan = await ready(options, step.drill, patienceMs);
    if (flags.dryRun) {
      await stdout.write(flags.json ? `${JSON.stringify(plan, null, 2)}\n` : planText(plan));
      runnable &&= plan.missing.length === 0;
      continue;
    }
    if (!asked) await confirmed(options, drilling.facts().remote, steps.length === 1 ? plan : { name, plan });
    asked = true;
    stderr.write(planText(plan));
    const ran = await drilling.run(plan, { perSecond: flags.rate, signal, onProgress: drillNews(stderr) });
    const report = heldTo(step.limits, ran);
    runs.push(report);
    // What is not whole again is not broken further.
    if (!report.healed || (untilFailed && (report.verdict !== 'passed' || broken.length > 0))) break;
  }
  return { name, runs, broken, runnable, stopped: signal.aborted };
}

/** A chain may ask for more than its drill does. */
function heldTo(limits: LimitsBySystem, report: DrillReport): DrillReport {
  const broken = report.verdict === 'not-run' ? [] : brokenLimits(limits, report);
  if (broken.length === 0) return report;
  return { ...report, verdict: 'failed', why: [...broken.map((text) => `${text}.`), report.why].join(' ') };
}

type Program = {
  readonly name: string;
  readonly steps: readonly ChainStep[];
  /** In a chain each step counts on the one before. */
  readonly untilFailed: boolean;
};

async function programOf({ flags, words }: DrillOptions, seen: Seen): Promise<Program> {
  const [id] = words;
  const times = (drills: readonly (string | Drill)[]): readonly ChainStep[] =>
    Array.from({ length: flags.repeat }, () =>
      drills.map((drill): ChainStep => ({ kind: 'drill', drill, limits: {} })),
    ).flat();
  if (flags.file !== undefined) {
    if (id !== undefined)
      throw new StackError('usage', `a chain says itself what it runs: leave out "${id}" or --file`);
    const { parseChain } = await import('../drills/chain.ts');
    const chain = parseChain(await textOf(flags.file));
    return {
      name: chain.name,
      steps: Array.from({ length: flags.repeat }, () => chain.steps).flat(),
      untilFailed: true,
    };
  }
  if (id === undefined) {
    throw new StackError('usage', `say which drill: ${[...catalogue.map((one) => one.id), 'random'].join(', ')}`);
  }
  if (id === 'random') {
    const drills = drawDrills({ seed: flags.seed, steps: flags.steps, drills: drillsFor(seen) });
    return { name: `random --seed ${flags.seed}`, steps: times(drills), untilFailed: false };
  }
  return { name: id, steps: times([findDrill(id, seen)]), untilFailed: false };
}

function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new StackError('usage', `${path} cannot be read`, { cause });
  });
}

async function firstSight(watch: Watch): Promise<Seen> {
  const seen = await watch.until(({ snapshot }) => snapshot.containers.length > 0, readyMs);
  if (seen === null)
    throw new StackError('no-engine', 'there is nothing to drill: no container of a known system was found');
  return seen;
}

/** The drill's plan as soon as nothing stands in its way, else as it is when patience ends. */
async function ready(
  { drilling, watch, stderr, signal }: DrillOptions,
  drill: string | Drill,
  patienceMs: number,
): Promise<DrillPlan> {
  const seen = watch.latest() ?? (await firstSight(watch));
  const wanted = typeof drill === 'string' ? findDrill(drill, seen) : drill;
  const delays = wanted.breaks.some(({ fault }) => fault.kind === 'delay');
  const fulfilled = (now: Seen) => drilling.plan(wanted, now).missing.length === 0;
  const deadline = performance.now() + patienceMs;
  for (;;) {
    await drilling.refresh(delays, (text) => stderr.write(`${text}\n`));
    const left = deadline - performance.now();
    const found = await watch.until(fulfilled, Math.max(0, Math.min(left, lookAgainMs)), signal).catch(() => null);
    if (found !== null || left <= 0 || signal.aborted) return drilling.plan(wanted, found ?? watch.latest() ?? seen);
  }
}
/** The journal, and who else drills, is not told by the watch. */
const lookAgainMs = 1_000;

type Until = Extract<ChainStep, { kind: 'until' }>;

async function cameTrue(watch: Watch, { condition, withinMs }: Until, signal: AbortSignal): Promise<boolean> {
  await watch.refresh();
  return (await watch.until((seen) => holds(condition, seen), withinMs, signal).catch(() => null)) !== null;
}

const writableBy = { 'patroni.writable': 'patroni', 'redis.writable': 'redis', 'etcd.writable': 'etcd' } as const;

const holds = (condition: Condition, seen: Seen): boolean =>
  condition === 'ok' ? seen.report.verdict.level === 'ok' : isWritable(seen, writableBy[condition]);
