import type { View } from '../../monitor/types.ts';
import { bytes, duration, percent, plural } from '../../stack/format.ts';
import type { Reason, Report } from '../../stack/report.ts';
import { levelMark, levelSpans, sinceView } from '../panes/pane.ts';
import { clock } from '../panes/timeline.ts';
import type { Theme } from '../theme.ts';
import { joinSpans, paintEnds, paintLine, type Spans, span, spansWidth } from './spans.ts';
import { clean } from './text.ts';

export type HeaderOptions = {
  readonly columns: number;
  readonly now: number;
  readonly holding: boolean;
  readonly refreshing: boolean;
  readonly readOnly: boolean;
  /** A drill or an action that runs or is done, the longer wording first; empty: none. */
  readonly doing: readonly Spans[];
};

/** The first line: verdict, what is watched, what may still be lost, what it costs, and when. */
export function headerLine(view: View | null, options: HeaderOptions, theme: Theme): string {
  const { columns, now } = options;
  const time: Spans = [span(clock(now))];
  const room = columns - 2;
  const line = (left: Spans, right: Spans) => ` ${paintEnds(left, right, room, theme)} `;
  if (view === null) return line([span('paws-top', 'strong'), span('  looking for the stack', 'faint')], time);

  const { report } = view;
  const marksWith = (doing: Spans): Spans[] => [
    doing,
    options.holding ? [span(' HELD ', 'picked'), span(` ${duration(now - view.snapshot.at)}`)] : [],
    options.refreshing ? [span('asking', 'strong')] : [],
    options.readOnly ? [span('read-only', 'faint')] : [],
  ];
  const marks = marksWith(options.doing[0] ?? []);
  const brief = marksWith(options.doing.at(-1) ?? []);
  const verdict = levelSpans(report.verdict.level);
  const stack: Spans = [span(clean(report.stack), 'strong')];
  const profile: Spans = report.profile === null ? [] : [span(clean(report.profile))];
  const amount: Spans = [span(plural(report.containers.length, 'container'))];
  const whole = joinSpans([stack, profile, amount], ' · ');
  const right = [...marks, usageSpans(report), time];

  // What matters least is left out first.
  const candidates: { left: Spans[]; right: Spans[] }[] = [
    { left: [verdict, whole, toleranceSpans(report)], right },
    { left: [verdict, joinSpans([stack, profile], ' · '), toleranceSpans(report)], right },
    { left: [verdict, toleranceSpans(report)], right },
    { left: [verdict, stack, toleranceSpans(report)], right: [...marks, time] },
    { left: [verdict, toleranceSpans(report)], right: [...marks, time] },
    { left: [verdict, toleranceSpans(report)], right: marks },
    { left: [verdict, toleranceSpans(report)], right: [...brief, time] },
    { left: [verdict, toleranceSpans(report)], right: brief },
    { left: [verdict], right: [...marks, time] },
    { left: [verdict], right: [...brief, time] },
    { left: [verdict], right: brief },
  ];
  const widthOf = ({ left, right: end }: (typeof candidates)[number]) =>
    spansWidth(joinSpans(left, '   ')) + spansWidth(joinSpans(end, '  ')) + 2;
  const chosen = candidates.find((candidate) => widthOf(candidate) <= room) ?? { left: [verdict], right: [time] };
  return line(joinSpans(chosen.left, '   '), joinSpans(chosen.right, '  '));
}

/** `etcd −1  pg −1`: how many members each system may still lose at once. None is no warning where the stack has just one. */
function toleranceSpans({ etcd, patroni, redis, sentinel }: Report): Spans {
  const entries = [
    ['etcd', etcd?.quorum.canLose, etcd?.verdict],
    ['pg', patroni?.canLose, patroni?.verdict],
    ['redis', redis?.canLose, redis?.verdict],
    ['sentinel', sentinel?.quorum.canLose, sentinel?.verdict],
  ] as const;
  const shown = entries.flatMap(([name, canLose, level]): Spans[] => {
    if (canLose === undefined || level === undefined) return [];
    if (level === 'down') return [[span(`${name} `, 'faint'), span('✖', 'bad')]];
    if (level === 'unknown') return [[span(`${name} `, 'faint'), span('?', 'warning')]];
    return [[span(`${name} `, 'faint'), span(`−${canLose}`, canLose === 0 && level !== 'ok' ? 'warning' : 'plain')]];
  });
  return joinSpans(shown, '  ');
}

function usageSpans({ containers, engine }: Report): Spans {
  const sum = (values: readonly (number | null)[]) =>
    values.reduce<number | null>((total, value) => (value === null ? total : (total ?? 0) + value), null);
  const current = engine.state === 'connected' ? containers : [];
  const cpu = sum(current.map((row) => row.cpuPercent));
  const memory = sum(current.map((row) => row.memoryBytes));
  return [
    span('cpu ', 'faint'),
    span(cpu === null ? '–' : `${percent(cpu)}%`),
    span('  mem ', 'faint'),
    span(bytes(memory)),
  ];
}

/** The lines under the header: why it is not ok, worst first; at most `most`, the last one telling of the others. */
export function reasonLines(view: View | null, columns: number, most: number, now: number, theme: Theme): string[] {
  if (view === null) return [];
  const reasons = reasonsOf(view, now);
  const shown = reasons.slice(0, Math.max(1, most));
  const hidden = reasons.length - shown.length;
  return shown.map((reason, index) => {
    const more = hidden > 0 && index === shown.length - 1 ? ` +${hidden} more (v)` : '';
    const room = columns - 2 - more.length;
    return ` ${paintLine([levelMark(reason.level), span(` ${clean(reason.text)}`)], room, theme)}${theme.paint.faint(more)} `;
  });
}

/** The engine's loss first, since everything else is only as good as what was seen before it. */
export function reasonsOf(view: View, now: number): readonly Reason[] {
  const { engine, verdict } = view.report;
  if (engine.state === 'connected') return verdict.reasons;
  const lost = view.snapshot.at - view.snapshot.engine.since + sinceView(view, now);
  const why = engine.error === undefined ? '' : `: ${engine.error}`;
  const text =
    engine.version === null
      ? `trying again: ${engine.error ?? 'no container engine has answered yet'}`
      : `engine lost ${duration(lost)} ago, reconnecting${why}`;
  return [
    { system: 'engine', level: 'unknown', text },
    ...verdict.reasons.filter((reason) => reason.system !== 'engine'),
  ];
}
