import type { Diagnosis, Finding } from '../doctor/types.ts';
import { plural } from '../stack/format.ts';
import { asciiOnly, type Colour, paint, type TextOptions, wrap } from './text-table.ts';

const marks: Readonly<Record<Finding['level'], { readonly mark: string; readonly colour: Colour }>> = {
  bad: { mark: 'bad', colour: 'red' },
  warning: { mark: 'warning', colour: 'yellow' },
};

/**
 * A diagnosis as `paws-top doctor` prints it: a block for each finding, then how many checks found nothing, then what could
 * not be looked at. Lines are no wider than `width` (40 at least), but for a command to run: that stays in one piece. The last
 * line is without an end.
 */
export function doctorText(diagnosis: Diagnosis, options: TextOptions): string {
  const width = Math.max(40, options.width);
  const { findings, unread } = diagnosis;
  const lines = [
    ...findings.flatMap((finding) => [...findingLines(finding, width, options.color), '']),
    summary(diagnosis),
    ...(unread.length === 0 ? [] : ['Not looked at:', ...unread.flatMap((text) => hung('  - ', text, width))]),
  ];
  const text = lines.join('\n');
  return options.ascii ? asciiOnly(text) : text;
}

/** `23 checks of machine and stack "paws" in 1.2 s: 2 findings`. */
function summary({ checks, stack, tookMs, findings }: Diagnosis): string {
  const of = stack === null ? 'the machine; there is no stack here' : `machine and stack "${stack}"`;
  const found = findings.length === 0 ? 'no finding' : plural(findings.length, 'finding');
  return `${plural(checks, 'check')}, ${found}, in ${(tookMs / 1_000).toFixed(1)} s (${of})`;
}

function findingLines(finding: Finding, width: number, color: boolean): string[] {
  const { mark, colour } = marks[finding.level];
  const subject = finding.subject === null ? '' : `${finding.subject}: `;
  const [first = '', ...rest] = hung(`${mark.padEnd(8)}`, `${subject}${finding.text}`, width);
  const part = (name: string, text: string) => hung(`  ${name.padEnd(6)}`, text, width);
  return [
    `${paint(first.slice(0, mark.length), colour, color)}${first.slice(mark.length)}`,
    ...rest,
    ...part('check', `${finding.what} (${finding.check})`),
    ...part('found', finding.how),
    ...part('why', finding.why),
    ...mendLines(finding.mend, width),
    ...part('see', finding.source),
  ];
}

/** Of several lines the first is a sentence and the others are commands, which must be copied as they are. */
function mendLines(mend: string, width: number): string[] {
  const [first = '', ...rest] = mend.split('\n');
  return [
    ...hung(`  ${'mend'.padEnd(6)}`, first, isCommand(first) ? Infinity : width),
    ...rest.map((line) => `        ${line.trim()}`),
  ];
}

const isCommand = (text: string): boolean => /^[a-z./]/.test(text) && !text.endsWith('.');

/** Text behind a label, its further lines under the first. */
const hung = (label: string, text: string, width: number): string[] =>
  wrap(text, width - label.length).map((line, index) => `${index === 0 ? label : ' '.repeat(label.length)}${line}`);
