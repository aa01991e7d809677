import { type Told, tellFindings, tellSummary } from '../../doctor/doctor-words.ts';
import type { Diagnosis } from '../../doctor/types.ts';
import { duration } from '../../stack/format.ts';
import type { Layer } from '../layers.ts';
import { levelMark } from '../panes/pane.ts';
import { filterFor, keep } from '../parts/filter.ts';
import { type Spans, span } from '../parts/spans.ts';
import { clean, fill, wrap } from '../parts/text.ts';
import type { Body, Drawn, Model } from './screen.ts';
import { scrolled } from './scroll.ts';

/** What the doctor found, worst first, each with why it matters and how to mend it; what it found before while it looks again. */
export function doctorScreen(layer: Extract<Layer, { kind: 'doctor' }>, model: Model, body: Body): Drawn {
  const { looking, trouble } = model.doctor?.doing() ?? { looking: false, trouble: null };
  const diagnosis = model.doctor?.latest.get() ?? null;
  const state = looking ? 'looking …' : trouble === null ? '' : 'could not look';
  const title: Spans = [
    span('Doctor', 'strong'),
    ...(diagnosis === null ? [] : [span(' ── ', 'faint'), span(titleOf(diagnosis, model.now))]),
    ...(state === '' ? [] : [span(' ── ', 'faint'), span(state, 'strong')]),
  ];
  const room = body.columns - 4;
  const lines: Spans[] = [
    ...(trouble === null || looking ? [] : [...marked('bad', trouble, room), []]),
    ...(diagnosis === null ? [] : diagnosisLines(diagnosis, layer.filter, room)),
    ...(diagnosis === null && looking
      ? hung([], 'Looks at the machine, its engine, the containers and every member; this takes a second or two.', room)
      : []),
  ];
  return scrolled(title, lines, layer.top, model, body);
}

function titleOf(diagnosis: Diagnosis, now: number): string {
  const age = now - Date.parse(diagnosis.at);
  return `${tellSummary(diagnosis)}${age < 10_000 ? '' : `, ${duration(age)} ago: ^R looks again`}`;
}

function diagnosisLines({ findings, unread, checks, stack }: Diagnosis, typed: string, room: number): Spans[] {
  const filter = filterFor(typed);
  const blocks = keep(filter, tellFindings(findings), (block) => block.map(({ text }) => text).join(' '));
  const missing = keep(filter, unread, (text) => text);
  const none =
    findings.length === 0
      ? `${checks} checks found nothing wrong${stack === null ? ' with the machine; there is no stack here' : ''}.`
      : `No finding matches.`;
  return [
    ...(blocks.length === 0 ? [[levelMark(findings.length === 0 ? 'ok' : 'unknown'), span(` ${none}`)], []] : []),
    ...blocks.flatMap((block) => [...block.flatMap((told) => toldLines(told, room)), []]),
    ...(missing.length === 0 ? [] : [[span('Not looked at', 'faint')]]),
    ...missing.flatMap((text) => hung([span('? ', 'warning')], text, room)),
  ];
}

function toldLines({ label, level, text }: Told, room: number): Spans[] {
  if (label === null) return marked(level, text, room);
  return hung(
    [span(`  ${fill(label, 6)}`, 'faint')],
    text,
    room,
    label === 'mend' || label === '' ? 'strong' : 'plain',
  );
}

const marked = (level: Told['level'], text: string, room: number): Spans[] =>
  hung([levelMark(level === 'bad' ? 'down' : 'degraded'), span(' ')], text, room, 'strong');

/** Text behind a mark or label, its further lines under the first. */
function hung(first: Spans, text: string, room: number, style: 'plain' | 'strong' = 'plain'): Spans[] {
  const indent = first.reduce((sum, piece) => sum + piece.text.length, 0);
  return wrap(clean(text, 2_000), room - indent).map((line, index) => [
    ...(index === 0 ? first : [span(' '.repeat(indent))]),
    span(line, style),
  ]);
}
