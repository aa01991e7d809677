import { plural } from '../stack/format.ts';
import type { Diagnosis, Finding } from './types.ts';

/** One labelled line of what is told of findings. */
export type Told = {
  /** What is wrong has its level instead; '' goes on with what the line before began. */
  readonly label: 'check' | 'found' | 'why' | 'mend' | 'see' | '' | null;
  readonly level: Finding['level'];
  readonly text: string;
  /** A command, to be copied as it is: it is never broken. */
  readonly literal: boolean;
};

/** Findings as a person is told them, a block for each check; those of one check share why it matters and how to mend it. */
export function tellFindings(findings: readonly Finding[]): readonly (readonly Told[])[] {
  return [...Map.groupBy(findings, ({ check }) => check).values()].map((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const shared = group.every(({ mend }) => mend === first.mend);
    const told = (label: Told['label'], text: string, { level }: Finding = first): Told => {
      return { label, level, text, literal: false };
    };
    const mended = ({ mend, level }: Finding): Told[] =>
      mend.split('\n').map((text, index) => {
        return { label: index === 0 ? 'mend' : '', level, text: text.trim(), literal: isCommand(text) };
      });
    return [
      ...group.flatMap((finding) => [
        told(null, `${finding.subject === null ? '' : `${finding.subject}: `}${finding.text}`, finding),
        told('found', finding.how),
        ...(shared ? [] : mended(finding)),
      ]),
      told('check', `${first.what} (${first.check})`),
      told('why', first.why),
      ...(shared ? mended(first) : []),
      told('see', first.source),
    ];
  });
}

/** Sentences begin with a capital letter; programs do not. */
const isCommand = (text: string): boolean => /^\s*[a-z./]/.test(text) && !/[.…]$/.test(text);

/** `22 checks, 2 findings, in 1.4 s`. */
export function tellSummary({ checks, findings, tookMs }: Diagnosis): string {
  const found = findings.length === 0 ? 'no finding' : plural(findings.length, 'finding');
  return `${plural(checks, 'check')}, ${found}, in ${(tookMs / 1_000).toFixed(1)} s`;
}
