import type { ContainerRow, Reason, Report } from '../stack/report.ts';
import type { Finding } from './types.ts';

/**
 * What to do about a reason of the verdict, a few words: what the doctor found of the same member, else what everybody
 * knows who sees the state of its container; null: only a closer look can tell. `keys`: whether keys may change the stack.
 */
export function hintFor(
  reason: Reason,
  {
    report,
    findings,
    keys,
  }: { readonly report: Report; readonly findings: readonly Finding[]; readonly keys: boolean },
): string | null {
  if (reason.system === 'engine') return 'start the engine; the doctor says how (D)';
  const row = containerOf(reason, report);
  const names = new Set([reason.member, row?.name, row?.service].filter((name) => name !== undefined));
  const finding =
    findings.find(({ subject }) => subject !== null && names.has(subject)) ??
    findings.find(({ subject, area }) => subject === null && area === reason.system && reason.member === undefined);
  if (finding !== undefined) return `${finding.mend.split('\n').at(-1)?.trim()} (D)`;
  return row === undefined ? null : knownRemedy(row, keys);
}

function containerOf({ system, member }: Reason, report: Report): ContainerRow | undefined {
  if (member === undefined || system === 'engine') return undefined;
  const members = system === 'containers' ? [] : (report[system]?.members ?? []);
  const name = members.find((row) => row.name === member)?.container ?? member;
  return report.containers.find((row) => row.name === name || row.service === name);
}

function knownRemedy({ name, state, health }: ContainerRow, keys: boolean): string | null {
  const by = (key: string, command: string) => (keys ? `${key} on its row, or ${command}` : command);
  switch (state) {
    case 'paused':
      return by('x', `docker unpause ${name}`);
    case 'created':
    case 'exited':
    case 'dead':
      return by('S', `docker start ${name}`);
    case 'missing':
      return 'paws-top up makes it again';
    case 'restarting':
      return 'its logs say why it ends (l)';
    default:
      return health === 'unhealthy' ? 'its logs say what fails (l)' : null;
  }
}
