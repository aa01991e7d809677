import { parentPort, workerData } from 'node:worker_threads';
import { stripped } from './ansi.ts';
import {
  type Answer,
  type Control,
  controls,
  type Desk,
  type Job,
  type Marks,
  verdict,
  type Work,
} from './finder-jobs.ts';

/** The searching thread: the only place where an expression meets a text. Nothing here outlives a job but the expression. */

/** It answers after so many ms with what it has, so that hits show while the rest is searched. */
const sliceMs = 25;
/** A shown text with more marks than this is no longer told apart by them. */
const mostMarks = 500;

const control = workerData as Control;
let desk: Desk | null = null;
const chunks: Buffer[] = [];
let last: { readonly key: string; readonly expression: RegExp } | null = null;

parentPort?.on('message', (job: Job) => {
  let answer: Answer;
  try {
    answer = run(job);
  } catch {
    // What an expression throws when it is used: too large to compile, or its stack is full.
    answer = { kind: 'failed', failure: 'cannot' };
  }
  Atomics.store(control, controls.line, -1);
  parentPort?.postMessage(answer);
});

function run({ generation, expression: { source, flags }, work }: Job): Answer {
  Atomics.store(control, controls.line, 1);
  const isWanted = () => Atomics.load(control, controls.generation) === generation;
  const key = `${flags}/${source}`;
  last = last?.key === key ? last : { key, expression: new RegExp(source, flags) };
  const { expression } = last;
  if (work.kind === 'slots') return { kind: 'tested', count: testSlots(expression, work, isWanted) };
  if (work.kind === 'texts') return { kind: 'verdicts', verdicts: testTexts(expression, work.texts, isWanted) };
  const everywhere = new RegExp(source, `${flags}g`);
  return { kind: 'marks', marks: work.texts.map((text, index) => marksIn(everywhere, text, index, isWanted)) };
}

function testSlots(expression: RegExp, work: Work & { kind: 'slots' }, isWanted: () => boolean): number {
  desk = work.desk ?? desk;
  for (const chunk of work.chunks) chunks.push(Buffer.from(chunk));
  if (desk === null) return 0;
  const { lines, slots, verdicts } = desk;
  const until = performance.now() + sliceMs;
  let done = 0;
  while (done < work.count && isWanted()) {
    const text = textOf(lines, slots[done] ?? 0);
    Atomics.store(control, controls.line, done + 1);
    verdicts[done] = text === null ? verdict.none : verdictOn(expression, text);
    done++;
    if (done % 8 === 0 && performance.now() > until) break;
  }
  return done;
}

/** A copy of a line's text; null when it was moved while it was copied. Whether it is another line now, the asker sees. */
function textOf(lines: Desk['lines'], slot: number): string | null {
  const index = Atomics.load(lines.chunk, slot);
  const offset = Atomics.load(lines.offset, slot);
  if (offset < 0) return null; // it is being moved
  const text = chunks[index]?.toString('utf8', offset, offset + Atomics.load(lines.length, slot));
  const stays = Atomics.load(lines.chunk, slot) === index && Atomics.load(lines.offset, slot) === offset;
  return text !== undefined && stays ? text : null;
}

function testTexts(expression: RegExp, texts: readonly string[], isWanted: () => boolean): Uint8Array {
  const verdicts = new Uint8Array(texts.length);
  for (const [index, text] of texts.entries()) {
    if (!isWanted()) break;
    Atomics.store(control, controls.line, index + 1);
    verdicts[index] = verdictOn(expression, text);
  }
  return verdicts;
}

function verdictOn(expression: RegExp, text: string): number {
  return expression.test(stripped(text)) ? verdict.hit : verdict.miss;
}

function marksIn(everywhere: RegExp, text: string, index: number, isWanted: () => boolean): Marks {
  const marks: [number, number][] = [];
  if (!isWanted()) return marks;
  Atomics.store(control, controls.line, index + 1);
  for (const match of text.matchAll(everywhere)) {
    if (match[0] !== '') marks.push([match.index, match.index + match[0].length]);
    if (marks.length === mostMarks) break;
  }
  return marks;
}
