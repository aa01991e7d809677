import { list, roleName } from '../stack/format.ts';
import { patroniLiteral } from './patroni-rest.ts';
import { previewOf, refusal } from './preview.ts';
import { handOver } from './rolling-handover.ts';
import { untilSettled, untilWell } from './rolling-health.ts';
import { heirs, memberTarget } from './rolling-members.ts';
import type { Action, Seen } from './types.ts';

export const patroniSwitch: Action = {
  id: 'patroni.switchover',
  label: 'Switch over',
  does: 'Hands leadership to another member, chosen by you; nothing is lost.',
  scope: 'cluster',
  system: 'patroni',
  danger: 'disrupts',
  many: false,
  ask: null,
  unavailable(_target, seen) {
    if (seen.report.patroni?.leader == null) return 'nobody leads';
    return heirs('patroni', [], seen).length > 0 ? null : 'nobody is there to take over';
  },
  async preview({ seen }) {
    const leader = seen.report.patroni?.leader ?? null;
    const candidates = heirs('patroni', [], seen);
    if (leader === null || candidates.length === 0) return refusal('nobody is there to take over');
    const others = notSync(candidates, seen);
    return previewOf({
      effects: [
        `${leader} hands over: writes stop for about 1.5 s, and clients of ${leader} are disconnected.`,
        ...(others.length === 0 ? [] : [`${list(others)}: not a sync standby, so Patroni would refuse to promote it.`]),
      ],
      literal: candidates.map((candidate) => patroniLiteral('POST', '/switchover', { leader, candidate })),
      choices: candidates.map((name) => ({ id: name, label: `to ${name} (${roleName(roleOf(name, seen))})` })),
    });
  },
  async run(running) {
    const { choice, seen, means } = running;
    const old = (means.seen() ?? seen).report.patroni?.leader ?? null;
    const since = Date.now();
    await handOver(running, 'patroni', { to: choice });
    if (old !== null) await untilWell(running, memberTarget('patroni', old, seen), since);
    await untilSettled(running, 'patroni', seen, since);
    return `${choice} leads instead of ${old}, which follows it`;
  },
};

const roleOf = (name: string, { report }: Seen): string | null =>
  report.patroni?.members.find((row) => row.name === name)?.role ?? null;

const notSync = (candidates: readonly string[], { report }: Seen): readonly string[] =>
  (report.patroni?.members ?? [])
    .filter(({ name, state }) => state === 'streaming' && !candidates.includes(name) && name !== report.patroni?.leader)
    .map(({ name }) => name);
