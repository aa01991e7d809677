import { type Told, tellFindings, tellSummary } from '../doctor/doctor-words.ts';
import type { Diagnosis } from '../doctor/types.ts';
import { asciiOnly, type Colour, paint, type TextOptions, wrap } from './text-table.ts';

const colours: Readonly<Record<Told['level'], Colour>> = { bad: 'red', warning: 'yellow' };

/**
 * A diagnosis as `paws-top doctor` prints it: a block for each check that found something, then how many there were, then
 * what could not be looked at. Lines are no wider than `width` (40 at least), but for a command to run: that stays in one
 * piece. The last line is without an end.
 */
export function doctorText(diagnosis: Diagnosis, { color, ascii, width: columns }: TextOptions): string {
  const width = Math.max(40, columns);
  const { findings, unread, stack } = diagnosis;
  const of = stack === null ? 'the machine; there is no stack here' : `the machine and the stack "${stack}"`;
  const lines = [
    ...tellFindings(findings).flatMap((block) => [...block.flatMap((told) => toldLines(told, width, color)), '']),
    ...wrap(`${tellSummary(diagnosis)}: ${of}`, width),
    ...(unread.length === 0 ? [] : ['Not looked at:', ...unread.flatMap((text) => hung('  - ', text, width))]),
  ];
  const text = lines.join('\n');
  return ascii ? asciiOnly(text) : text;
}

function toldLines({ label, level, text, literal }: Told, width: number, color: boolean): string[] {
  const [first = '', ...rest] = hung(
    label === null ? level.padEnd(9) : `  ${label.padEnd(7)}`,
    text,
    literal ? Infinity : width,
  );
  if (label !== null) return [first, ...rest];
  return [`${paint(level, colours[level], color)}${first.slice(level.length)}`, ...rest];
}

/** Text behind a label, its further lines under the first. */
const hung = (label: string, text: string, width: number): string[] =>
  wrap(text, width - label.length).map((line, index) => `${index === 0 ? label : ' '.repeat(label.length)}${line}`);
