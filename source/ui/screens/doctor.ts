import type { Layer } from '../layers.ts';
import type { Spans } from '../parts/spans.ts';
import type { Body, Drawn, Model } from './screen.ts';
import { scrolled } from './scroll.ts';

/** What the doctor found, worst first, each with why it matters and how to mend it. */
export function doctorScreen(layer: Extract<Layer, { kind: 'doctor' }>, model: Model, body: Body): Drawn {
  const lines: readonly Spans[] = [];
  return scrolled([], lines, layer.top, model, body);
}
