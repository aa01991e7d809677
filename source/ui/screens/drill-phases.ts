import type { DrillProgress, Measured, Phases, Prediction } from '../../drills/types.ts';
import { limit, span as range, seconds } from '../../drills/words.ts';
import { type Span, type Spans, span } from '../parts/spans.ts';
import { type Column, section } from '../parts/table.ts';
import { systemNames, ticking } from './drill-words.ts';

type Row = {
  readonly system: Measured;
  readonly phases: Phases;
  readonly predicted: Prediction | undefined;
  readonly targetMs: number;
  /** Since the fault; null: before it, or when all is over. */
  readonly elapsedMs: number | null;
  readonly over: boolean;
};

const order = ['detectedMs', 'electedMs', 'writableMs', 'redundantMs'] as const;
type Phase = (typeof order)[number];

/**
 * A phase that is over has its time; the one that is waited for, and being writable, which is what a drill is about, the
 * time that has passed. What was passed over (nobody had to be elected) is a dash, what comes later a dot.
 */
function phaseCell({ phases, elapsedMs, over }: Row, phase: Phase): Span {
  const at = phases[phase];
  if (at !== null) return span(seconds(at), phase === 'writableMs' ? 'good' : 'plain');
  const index = order.indexOf(phase);
  const waitedFor = order.findLastIndex((earlier) => phases[earlier] !== null) + 1;
  if (over || index < waitedFor) return span('–', 'faint');
  const ticks = elapsedMs !== null && (index === waitedFor || phase === 'writableMs');
  return ticks ? span(`${ticking(elapsedMs)}…`, 'strong') : span('·', 'faint');
}

const phaseColumn = (phase: Phase, title: string, keep: number): Column<Row> => ({
  id: phase,
  title,
  kind: 'figure',
  width: 9,
  keep,
  cell: (row) => phaseCell(row, phase),
});

const columnsOf: readonly Column<Row>[] = [
  {
    id: 'system',
    title: 'AFTER',
    kind: 'identity',
    width: 8,
    keep: 9,
    cell: ({ system }) => span(systemNames[system], 'strong'),
  },
  phaseColumn('detectedMs', 'DETECTED', 5),
  phaseColumn('electedMs', 'ELECTED', 6),
  phaseColumn('writableMs', 'WRITABLE', 8),
  phaseColumn('redundantMs', 'REDUNDANT', 4),
  {
    id: 'predicted',
    title: 'PREDICTED',
    kind: 'figure',
    width: 12,
    keep: 7,
    cell: ({ predicted }) => (predicted === undefined ? '–' : range(predicted)),
  },
  {
    id: 'target',
    title: 'TARGET',
    kind: 'figure',
    width: 6,
    keep: 3,
    cell: ({ targetMs }) => limit(targetMs),
  },
];

const never: Phases = { detectedMs: null, electedMs: null, writableMs: null, redundantMs: null };

function rowsFor(
  { plan, phases, injectedAt, stage, report }: DrillProgress,
  systems: readonly Measured[],
  now: number,
): readonly Row[] {
  return systems.map((system) => ({
    system,
    phases: report?.systems.find((result) => result.system === system)?.phases ?? phases[system] ?? never,
    predicted: plan.predictions[system],
    targetMs: plan.drill.expects[system]?.targetMs ?? 0,
    over: stage === 'done',
    elapsedMs: injectedAt === null || stage === 'done' ? null : Math.max(0, now - injectedAt),
  }));
}

/** The phases of each system, ticking, with what was predicted beside them. */
export function phaseLines(
  progress: DrillProgress,
  systems: readonly Measured[],
  now: number,
  columns: number,
): readonly Spans[] {
  const rows = rowsFor(progress, systems, now);
  const table = section({
    columns: columnsOf,
    rows,
    key: ({ system }) => system,
    trouble: () => null,
    sort: undefined,
  });
  const width = Math.min(columns, 92);
  return [table.header(width), ...rows.map((_, index) => table.row(index, width))];
}

/** In words, who takes longer than was predicted, and than it may. */
export function overLines(progress: DrillProgress, systems: readonly Measured[], now: number): readonly Spans[] {
  return rowsFor(progress, systems, now).flatMap(({ system, phases, predicted, targetMs, elapsedMs }): Spans[] => {
    const took = phases.writableMs ?? elapsedMs;
    if (predicted === undefined || predicted.maxMs === 0 || took === null || took <= predicted.maxMs) return [];
    const target = targetMs > 0 && took > targetMs ? `, and over its target of ${limit(targetMs)}` : '';
    const over = `${phases.writableMs === null ? 'is' : 'was'} ${ticking(took - predicted.maxMs)} over the prediction`;
    return [[span('▲', 'warning'), span(` ${systemNames[system]} ${over}${target}`, 'strong')]];
  });
}
