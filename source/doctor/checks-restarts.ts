import { clip, plural } from '../stack/format.ts';
import { hasDied, isLooping } from './facts-lines.ts';
import type { DoctorFacts } from './facts-types.ts';
import { type RestartCause, restartCauses } from './restart-causes.ts';
import type { Ailment, Check } from './types.ts';

type Row = NonNullable<DoctorFacts['seen']>['snapshot']['containers'][number];

/** Containers that end by themselves, with the cause read from what they said last. */
export const restartChecks: readonly Check[] = [
  {
    id: 'containers.restart-loop',
    area: 'containers',
    what: 'no container starts again and again',
    why: 'The engine starts it for ever, and it never gets to work: its cluster has one member less.',
    mend: 'Read its log: paws-top logs.',
    source: 'docs.docker.com/engine/containers/start-containers-automatically',
    find: (facts) =>
      ailing(
        facts,
        (row, at) => isLooping(row, at),
        ({ restarts }) => `starts again and again (${plural(restarts, 'restart')})`,
      ),
  },
  {
    id: 'containers.died',
    area: 'containers',
    what: 'no container ended with an error',
    why: 'What ended with an error and has no restart policy stays away until somebody starts it.',
    mend: 'Read its log: paws-top logs; then start it.',
    source: 'docs.docker.com/reference/cli/docker/container/ls (exited)',
    find: (facts) =>
      ailing(
        facts,
        (row) => hasDied(row),
        ({ exitCode }) => (exitCode === null ? 'is dead' : `ended with exit code ${exitCode}`),
      ),
  },
];

function ailing(
  { seen, lastLines }: DoctorFacts,
  is: (row: Row, at: number) => boolean,
  what: (row: Row) => string,
): readonly Ailment[] {
  if (seen === null) return [];
  const { at, containers } = seen.snapshot;
  return containers.filter((row) => is(row, at)).map((row) => judged(row, what(row), lastLines[row.name] ?? []));
}

function judged({ name }: Row, what: string, lines: readonly string[]): Ailment {
  const found = causeOf(lines);
  const last = lines.at(-1);
  const how = found?.line ?? last;
  return {
    level: 'bad',
    subject: name,
    text: `${name} ${what}${found === null ? '' : `: ${found.cause}`}`,
    how: how === undefined ? 'it said nothing before it ended' : `it said: ${clip(how.trim(), 200)}`,
    ...(found === null ? {} : { mend: found.mend }),
  };
}

/** The newest line that tells a known cause, unless a special one stands further up. */
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
  return cause.replace('$1', groups.find((group) => group !== undefined) ?? '');
}
