import type { System } from '../stack/topology.ts';
import type { Fault, Prediction } from './types.ts';

/** One thing that has to happen before writes are back. Steps follow each other, so their times add up. ms */
export type Step = { readonly minMs: number; readonly maxMs: number; readonly text: string };

export const step = (minMs: number, maxMs: number, text: string): Step => ({ minMs, maxMs, text });

/** Until a client has found the new primary, and for a busy machine. ms */
const clientMs = 1000;

/** Adds the steps up. Beyond the formula's bound the client is given a second, and never more than half as much again. */
export function predictionOf(steps: readonly Step[]): Prediction {
  const sum = (of: (one: Step) => number) => Math.round(steps.reduce((total, one) => total + of(one), 0));
  const boundMs = sum((one) => one.maxMs);
  return {
    minMs: sum((one) => one.minMs),
    maxMs: Math.floor(Math.min(boundMs * 1.5, boundMs + clientMs)),
    boundMs,
    why: steps
      .map((one) => one.text)
      .filter((text) => text !== '')
      .join('; '),
  };
}

/** Writes go on. */
export const goesOn = (why: string): Prediction => ({ minMs: 0, maxMs: 0, boundMs: 0, why });

/** `18–20 s`, `0.5 s`, `20 s`: seconds with at most one decimal. */
export function seconds(minMs: number, maxMs: number = minMs): string {
  const [from, to] = [minMs, maxMs].map((ms) => String(Math.round(ms / 100) / 10));
  return from === to ? `${from} s` : `${from}–${to} s`;
}

/** What is broken at whom, one entry for each member. */
export type Broken = {
  readonly fault: Fault;
  readonly name: string;
  readonly system: System;
};
