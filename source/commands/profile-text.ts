import type { ProfilePlan } from '../actions/profile-types.ts';
import { bytes } from '../stack/format.ts';
import { asciiOnly, type TextOptions, wrap } from './text-table.ts';

/**
 * A plan as `paws-top profile` prints it: where from and to, what comes of it, then each step with its request or command
 * as it is sent. The last line has an end.
 */
export function profileText(plan: ProfilePlan, options: TextOptions): string {
  const width = Math.max(40, options.width);
  const hung = (mark: string, text: string) =>
    wrap(text, width - mark.length).map((line, index) => `${index === 0 ? mark : ' '.repeat(mark.length)}${line}`);
  const from = plan.from === null ? '' : `${plan.from} → `;
  const steps = plan.steps.flatMap(({ text, literal }, index) => [
    ...hung(`${`${index + 1}.`.padStart(4)} `, text),
    // In one piece, so that it can be copied.
    ...(literal === '' ? [] : [`       ${literal}`]),
  ]);
  const lines = [
    plan.from === plan.to && plan.steps.length === 0 ? `${plan.to} is whole: nothing to do` : `${from}${plan.to}`,
    ...[...plan.effects, memoryText(plan.memory), ...plan.unknown]
      .filter((text) => text !== '')
      .flatMap((text) => hung('  - ', text)),
    ...(steps.length === 0 ? [] : ['steps', ...steps]),
    ...(plan.missing.length === 0 ? [] : ['not now', ...plan.missing.flatMap((text) => hung('  - ', text))]),
  ];
  const text = `${lines.join('\n')}\n`;
  return options.ascii ? asciiOnly(text) : text;
}

function memoryText({ needsBytes, freesBytes, measured, availableBytes }: ProfilePlan['memory']): string {
  const parts = [
    ...(needsBytes > 0 ? [`needs ${bytes(needsBytes)}${measured ? ', as measured here' : ' at most'}`] : []),
    ...(freesBytes > 0 ? [`frees ${bytes(freesBytes)}`] : []),
  ];
  if (parts.length === 0) return '';
  return `memory: ${parts.join(', ')}${availableBytes === null ? '' : `; this machine has ${bytes(availableBytes)} left`}`;
}
