import type { ActionProgress } from '../../actions/types.ts';
import { duration } from '../../stack/format.ts';
import type { Layer } from '../layers.ts';
import { type Spans, span } from '../parts/spans.ts';
import { clean, fill, wrap } from '../parts/text.ts';
import { titleOf } from './action-dialog.ts';
import { marked, type Panel, type PanelLine, panelOf } from './action-panel.ts';
import type { Model } from './screen.ts';

/** An action as it goes: its steps with their times, the newest in sight, and what came of it. */
export function progressPanel(layer: Extract<Layer, { kind: 'action-progress' }>, model: Model, room: number): Panel {
  const progress = model.actions?.progress ?? null;
  if (progress === null) {
    return panelOf({ title: [span('no action runs', 'faint')], text: [], top: 0, foot: [] }, model, room);
  }
  const columns = model.columns - 4;
  const text = progress.steps.flatMap((step) => stepLines(step, progress.startedAt, columns));
  return panelOf(
    {
      title: titleOf(progress.action.label, progress.targets),
      text,
      top: layer.top,
      foot: footOf(progress, model.now, columns),
    },
    model,
    // What it does shows above.
    Math.max(8, Math.ceil(room / 2)),
  );
}

function stepLines(
  { at, text }: ActionProgress['steps'][number],
  since: number,
  columns: number,
): readonly PanelLine[] {
  const time = `+${((at - since) / 1000).toFixed(1)} s`;
  return wrap(clean(text), columns - 10).map((part, index) => ({
    spans: [span(`${fill(index === 0 ? time : '', 8, 'right')}  `, 'faint'), span(part)],
  }));
}

function footOf(progress: ActionProgress, now: number, columns: number): readonly PanelLine[] {
  const { stage, startedAt, endedAt, result } = progress;
  const passed = Math.max(0, (endedAt ?? now) - startedAt);
  const took = endedAt === null ? `${Math.floor(passed / 1000)} s` : duration(passed);
  switch (stage) {
    case 'running':
      return [{ spans: [span(`runs for ${took}`, 'strong'), span(': Esc leaves it running', 'faint')] }];
    case 'stopping':
      return [{ spans: [span(`stops at the next safe point, ${took} so far`, 'strong')] }];
    case 'done':
      return marked([span('✔', 'good')], `Done after ${took}: ${result ?? ''}`, columns);
    case 'failed':
      return marked([span('✖', 'bad')], `Failed after ${took}: ${result ?? ''}`, columns);
    default:
      return stage satisfies never;
  }
}

/** The part of the header that tells of an action wherever one looks; the longer wording first. */
export function actionHeader({ actions, now }: Pick<Model, 'actions' | 'now'>): readonly Spans[] {
  const progress = actions?.progress ?? null;
  if (progress === null) return [];
  const { action, stage, startedAt, targets } = progress;
  const state: Spans =
    stage === 'done'
      ? [span('✔', 'good'), span(' done', 'strong')]
      : stage === 'failed'
        ? [span('✖', 'bad'), span(' failed', 'strong')]
        : [span(`${Math.floor(Math.max(0, now - startedAt) / 1000)} s`, 'strong')];
  const label = clean(action.label.toLowerCase());
  const [only] = targets;
  const name = targets.length === 1 && only?.container != null ? ` ${clean(only.name)}` : '';
  return [
    [span(`${label}${name} `), ...state],
    [span(`${label} `), ...state],
  ];
}
