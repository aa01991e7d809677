import type { Access } from '../engine/types.ts';
import { openEtcdGateway } from '../probes/etcd-gateway.ts';
import { failure } from '../probes/failures.ts';
import { StackError } from '../stack/errors.ts';
import { bytes, list } from '../stack/format.ts';
import { previewOf, refusal } from './preview.ts';
import { handOver } from './rolling-handover.ts';
import { untilSettled, untilWell } from './rolling-health.ts';
import { etcdMoveLiteral } from './rolling-literals.ts';
import { answering, heirs, inOrder, memberTarget } from './rolling-members.ts';
import type { Action, ActionMeans, Seen } from './types.ts';

/** etcd rewrites its whole database, and answers nobody meanwhile. */
const defragmentDeadlineMs = 120_000;
const alarmDeadlineMs = 5_000;

const base = { scope: 'cluster', system: 'etcd', many: false, ask: null } as const;

async function call(means: ActionMeans, name: string, path: string, body: object, deadlineMs: number): Promise<void> {
  const way = (await means.access()).find(({ member }) => member.system === 'etcd' && member.name === name);
  if (way === undefined) throw failure('unreachable', name, undefined, 'no way to it is known');
  await withGateway(way, (gateway) => gateway.call(path, body, deadlineMs));
}

async function withGateway<T>(
  way: Access,
  use: (gateway: ReturnType<typeof openEtcdGateway>) => Promise<T>,
): Promise<T> {
  const gateway = openEtcdGateway(way);
  try {
    return await use(gateway);
  } finally {
    gateway.close();
  }
}

const ordered = (seen: Seen): readonly string[] =>
  inOrder(
    answering('etcd', seen).map((name) => memberTarget('etcd', name, seen)),
    seen,
  ).map(({ name }) => name);

const sizeOf = (name: string, { report }: Seen): number | null =>
  report.etcd?.members.find((row) => row.name === name)?.dbBytes ?? null;

const defragment: Action = {
  ...base,
  id: 'etcd.defragment',
  label: 'Defragment',
  does: 'Gives the space that etcd has freed back to the disk, one member after the other, the leader last.',
  danger: 'disrupts',
  unavailable(_target, seen) {
    if (seen.report.etcd?.leader == null) return 'nobody leads';
    return null;
  },
  async preview({ seen }) {
    const names = ordered(seen);
    return previewOf({
      effects: [
        'A member answers nobody while it rewrites its database, usually well under a second; the others go on.',
        `One after the other, each awaited: ${list(names)}.`,
      ],
      literal: names.map((name) => `POST /v3/maintenance/defragment {}   # at ${name}`),
      choices: [{ id: 'go', label: 'defragment' }],
    });
  },
  async run(running) {
    const { means, say, signal, seen } = running;
    const names = ordered(means.seen() ?? seen);
    let freed = 0;
    for (const [index, name] of names.entries()) {
      if (signal.aborted)
        throw new StackError('precondition', `stopped: ${list(names.slice(index))} left as they were`);
      const before = means.seen() ?? seen;
      await call(means, name, '/v3/maintenance/defragment', {}, defragmentDeadlineMs);
      const since = Date.now();
      const after = await untilWell(running, memberTarget('etcd', name, before), since);
      await untilSettled(running, 'etcd', before, since);
      const [from, to] = [sizeOf(name, before), sizeOf(name, after)];
      freed += Math.max(0, (from ?? 0) - (to ?? 0));
      say(`${name} defragmented, ${bytes(from)} before, ${bytes(to)} now`);
    }
    return `${list(names)} defragmented, ${bytes(freed)} freed`;
  },
};

/** Alarms as the members tell them, with the ids that etcd wants as decimal numbers. */
const alarmsOf = ({ snapshot }: Seen): readonly { readonly memberID: string; readonly alarm: string }[] => {
  const told = (snapshot.etcd ?? []).flatMap(({ reading }) =>
    reading.status === 'ok' ? (reading.value?.alarms ?? []) : [],
  );
  const unique = new Map(told.map((alarm) => [`${alarm.memberId} ${alarm.alarm}`, alarm]));
  return [...unique.values()].map(({ memberId, alarm }) => ({ memberID: BigInt(`0x${memberId}`).toString(), alarm }));
};

const disarm: Action = {
  ...base,
  id: 'etcd.disarm',
  label: 'Disarm alarm',
  does: 'Takes back the alarms that keep etcd from writing.',
  danger: 'disrupts',
  unavailable: (_target, seen) => (alarmsOf(seen).length > 0 ? null : 'no alarm is raised'),
  async preview({ seen }) {
    const alarms = alarmsOf(seen);
    const [at] = ordered(seen);
    if (alarms.length === 0 || at === undefined) return refusal('no alarm is raised');
    const space = alarms.some(({ alarm }) => alarm === 'NOSPACE');
    return previewOf({
      effects: [
        'etcd takes writes again.',
        ...(space ? ['NOSPACE comes back with the next write unless space was made first: compact, defragment.'] : []),
      ],
      literal: alarms.map(
        (alarm) => `POST /v3/maintenance/alarm ${JSON.stringify({ action: 'DEACTIVATE', ...alarm })}`,
      ),
      choices: [{ id: 'go', label: 'disarm' }],
    });
  },
  async run({ means, seen, say, signal }) {
    const now = means.seen() ?? seen;
    const [at = ''] = ordered(now);
    for (const alarm of alarmsOf(now)) {
      await call(means, at, '/v3/maintenance/alarm', { action: 'DEACTIVATE', ...alarm }, alarmDeadlineMs);
      say(`${alarm.alarm} taken back`);
    }
    await means.until((after) => alarmsOf(after).length === 0, {
      deadlineMs: 15_000,
      what: 'no alarm is raised',
      signal,
    });
    return 'no alarm is raised any more';
  },
};

const moveLeader: Action = {
  ...base,
  id: 'etcd.move-leader',
  label: 'Move leader',
  does: 'Hands leadership of etcd to another member.',
  danger: 'disrupts',
  unavailable(_target, seen) {
    if (seen.report.etcd?.leader == null) return 'nobody leads';
    return heirs('etcd', [], seen).length > 0 ? null : 'nobody is there to take over';
  },
  async preview({ seen }) {
    const candidates = heirs('etcd', [], seen);
    if (candidates.length === 0) return refusal('nobody is there to take over');
    return previewOf({
      effects: [`${seen.report.etcd?.leader} hands over; etcd goes on, and nobody outside notices.`],
      literal: candidates.map((name) => etcdMoveLiteral(name, seen)),
      choices: candidates.map((name) => ({ id: name, label: `to ${name}` })),
    });
  },
  async run(running) {
    await handOver(running, 'etcd', { to: running.choice });
    return `${running.choice} leads etcd`;
  },
};

export const etcdActions: readonly Action[] = [moveLeader, defragment, disarm];
