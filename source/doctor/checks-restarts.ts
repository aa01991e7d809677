import { clip, plural } from '../stack/format.ts';
import type { DoctorFacts } from './facts-types.ts';
import { type RestartCause, restartCauses } from './restart-causes.ts';
import type { Ailment, Check } from './types.ts';

/** Containers that end by themselves again and again, with the cause read from what they said last. */
export const restartChecks: readonly Check[] = [
  {
    id: 'containers.restart-loop',
    area: 'containers',
    what: 'no container starts again and again',
    why: 'The engine starts it for ever, and it never gets to work: its cluster has one member less.',
    mend: 'Read its log: paws-top logs SERVICE.',
    source: 'docs.docker.com/engine/containers/start-containers-automatically',
    find: looping,
  },
];

/** Last lines are read of those who loop, and of those who ended, of whom another check speaks. */
function looping({ containers, lastLines }: DoctorFacts): readonly Ailment[] {
  return containers.flatMap(({ container: { name, state, restarts } }) => {
    const lines = lastLines[name];
    if (lines === undefined || state === 'exited' || state === 'dead') return [];
    const found = causeOf(lines);
    const line = found?.line ?? lines.at(-1);
    const ailment: Ailment = {
      level: 'bad',
      subject: name,
      text: `it starts again and again (${plural(restarts, 'restart')})${found === null ? '' : `: ${found.cause}`}`,
      how: line === undefined ? 'it said nothing before it ended' : `it said: ${clip(line.trim(), 200)}`,
    };
    return [found === null ? ailment : { ...ailment, mend: found.mend }];
  });
}

/** What a container ended of, by its last lines, oldest first; null: none of the known causes. */
export function causeOf(
  lines: readonly string[],
): { readonly cause: string; readonly mend: string; readonly line: string } | null {
  for (const known of restartCauses) {
    const line = lines.findLast((each) => known.pattern.test(each));
    if (line !== undefined) return { cause: filled(known, line), mend: known.mend, line };
  }
  return null;
}

function filled({ pattern, cause }: RestartCause, line: string): string {
  const [, ...groups] = pattern.exec(line) ?? [];
  const filling = groups.find((group) => group !== undefined) ?? '';
  return cause.replace('$1', () => filling).replace(/[: ]+$/, '');
}
