import type { CommandMeans } from './command-means.ts';
import { examine } from './doctor-means.ts';
import { doctorText } from './doctor-text.ts';

/** sysexits.h: EX_UNAVAILABLE. */
const exit = { none: 0, findings: 1, noEngine: 69 } as const;

/** `paws-top doctor`: 0 nothing found, 1 findings, 69 no engine; that is then a finding beside what the machine itself shows. */
export async function doctor({ flags, env, stdout, openWatch }: CommandMeans): Promise<number> {
  const seen = async () => {
    const watch = await openWatch();
    await watch.refresh().finally(() => void watch.stop());
    return watch.latest();
  };
  const diagnosis = await examine({ flags, env, project: flags.project ?? null, seen });
  await stdout.write(flags.json ? `${JSON.stringify(diagnosis, null, 2)}\n` : `${doctorText(diagnosis, stdout)}\n`);
  if (diagnosis.findings.some(({ check }) => check === 'machine.engine')) return exit.noEngine;
  return diagnosis.findings.length === 0 ? exit.none : exit.findings;
}
