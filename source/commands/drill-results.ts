import { writeFile } from 'node:fs/promises';
import { repeated, worst } from '../drills/repeat.ts';
import type { DrillReport, DrillVerdict } from '../drills/types.ts';
import { StackError } from '../stack/errors.ts';
import { repeatText } from './drill-runs-text.ts';
import { drillText } from './drill-text.ts';
import type { Flags } from './flags.ts';
import type { TextOptions } from './text-table.ts';

/** What came of everything that was asked for. */
export type Outcome = {
  readonly name: string;
  readonly runs: readonly DrillReport[];
  /** What a chain asked for beyond what its drills expect, and did not get. */
  readonly broken: readonly string[];
  /** Whether all of it could be run; for a dry run. */
  readonly runnable: boolean;
  readonly stopped: boolean;
};

const drillExit: Readonly<Record<DrillVerdict, number>> = {
  passed: 0,
  failed: 1,
  'not-run': 2,
  inconclusive: 3,
};
const interrupted = 130;

/** Prints what came of it, writes the files that were asked for, and returns the exit code. */
export async function tellResults(
  outcome: Outcome,
  flags: Flags,
  how: TextOptions & { readonly write: (text: string) => Promise<void> },
): Promise<number> {
  const { name, runs, broken, runnable, stopped } = outcome;
  if (flags.dryRun) return runnable ? 0 : drillExit['not-run'];
  const [only] = runs;
  const all = { ...repeated(name, runs), ...(broken.length === 0 ? {} : { broken }) };
  if (flags.json)
    await how.write(`${JSON.stringify(runs.length === 1 && broken.length === 0 ? only : all, null, 2)}\n`);
  else {
    for (const report of runs) await how.write(`${drillText(report, how)}\n\n`);
    if (runs.length > 1)
      await how.write(`${sameDrill(runs) ? repeatText(repeated(name, runs), how) : tallyText(runs)}\n`);
    for (const text of broken) await how.write(`${text}\n`);
  }
  if (flags.junit !== undefined) {
    const { junit } = await import('../drills/report-junit.ts');
    await put(flags.junit, junit(runs));
  }
  if (flags.html !== undefined) {
    const { html } = await import('../drills/report-html.ts');
    await put(flags.html, html(runs));
  }
  if (stopped) return interrupted;
  return broken.length > 0 ? drillExit.failed : drillExit[worst(runs)];
}

const sameDrill = (runs: readonly DrillReport[]): boolean => runs.every(({ drill }) => drill === runs[0]?.drill);

/** Different drills have no figure in common but how they ended. */
function tallyText(runs: readonly DrillReport[]): string {
  const width = Math.max(...runs.map(({ drill }) => drill.length));
  const rows = runs.map(
    ({ drill, verdict }, index) => `${`${index + 1}`.padStart(3)}  ${drill.padEnd(width)}  ${verdict}\n`,
  );
  const passed = runs.filter(({ verdict }) => verdict === 'passed').length;
  return `${rows.join('')}${passed} of ${runs.length} passed`;
}

async function put(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause: unknown) => {
    throw new StackError('rejected', `${path} cannot be written`, { cause });
  });
}
