import { containerDifferences } from './container-differences.ts';
import type { StackEvent } from './events.ts';
import { plain, plural } from './format.ts';
import type { Level, Report } from './report.ts';
import { systemDifferences } from './system-differences.ts';

/** An event before it has an id and a time. */
export type Difference = Omit<StackEvent, 'id' | 'at'>;

/**
 * What happened between two reports, in the order in which it is best read: the engine and its containers, the systems,
 * the verdict. Of the first report only that watching has begun. `at`: epoch ms for all of them.
 */
export function eventsBetween(previous: Report | null, next: Report, at: number): Omit<StackEvent, 'id'>[] {
  const differences =
    previous === null
      ? [watching(next)]
      : [
          ...engineDifferences(previous, next),
          ...containerDifferences(previous.containers, next.containers),
          ...systemDifferences(previous, next),
          ...verdictDifferences(previous, next),
        ];
  return differences.map((difference) => ({ ...difference, at }));
}

const moods: Readonly<Record<Level, StackEvent['level']>> = {
  ok: 'good',
  degraded: 'warning',
  down: 'bad',
  unknown: 'warning',
};

function watching({ stack, verdict, containers }: Report): Difference {
  const text = `watching ${plain(stack)}: ${verdict.level}, ${plural(containers.length, 'container')}`;
  return { source: 'paws-top', subject: null, level: verdict.level === 'ok' ? 'info' : moods[verdict.level], text };
}

function engineDifferences(previous: Report, next: Report): Difference[] {
  if (previous.engine.state === next.engine.state) return [];
  const back = next.engine.state === 'connected';
  const why = next.engine.error === undefined ? '' : `: ${plain(next.engine.error)}`;
  const text = back ? 'engine answers again' : `engine lost${why}`;
  return [{ source: 'docker', subject: null, level: back ? 'good' : 'bad', text }];
}

function verdictDifferences(previous: Report, next: Report): Difference[] {
  const { level, reasons } = next.verdict;
  if (previous.verdict.level === level) return [];
  const why = reasons[0] === undefined ? '' : `: ${reasons[0].text}`;
  const subject = reasons[0]?.member ?? null;
  return [{ source: 'paws-top', subject, level: moods[level], text: `${previous.verdict.level} → ${level}${why}` }];
}
