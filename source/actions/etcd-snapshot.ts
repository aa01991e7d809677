import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { basename } from 'node:path';
import type { Writable } from 'node:stream';
import type { EtcdGateway } from '../probes/etcd-gateway.ts';
import { StackError } from '../stack/errors.ts';
import { bytes } from '../stack/format.ts';
import { leaveIt, leftAlone, previewOf, refusal } from './preview.ts';
import { answering } from './rolling-members.ts';
import type { Action, Seen } from './types.ts';
import { pathOf, wayTo, writeWhole } from './whole-file.ts';

/** Nothing for so long, ms: the member hangs. */
const silentMs = 20_000;
/** What etcd puts behind the database (server/etcdserver/api/v3rpc/maintenance.go, Snapshot). */
const digestBytes = 32;

const literal = 'POST /v3/maintenance/snapshot {}';

/** A follower that answers, else whoever does; null: nobody. */
function source(seen: Seen): string | null {
  const names = answering('etcd', seen);
  return names.find((name) => name !== seen.report.etcd?.leader) ?? names[0] ?? null;
}

/**
 * A member's database into a file, checked against the digest that etcd sends with it; the digest stays at its end, where
 * `etcdutl snapshot restore` looks for it. Resolves with its size. @throws StackError
 */
export async function saveSnapshot(gateway: EtcdGateway, file: Writable, signal: AbortSignal): Promise<number> {
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(), silentMs);
  const hash = createHash('sha256');
  let [size, tail] = [0, Buffer.alloc(0)];
  const take = async (piece: Buffer) => {
    timer.refresh();
    size += piece.length;
    const seen = Buffer.concat([tail, piece]);
    const known = Math.max(0, seen.length - digestBytes);
    hash.update(seen.subarray(0, known));
    tail = Buffer.from(seen.subarray(known));
    if (!file.write(piece)) await once(file, 'drain', { signal });
  };
  try {
    await gateway.snapshot(take, AbortSignal.any([signal, silent.signal]));
  } catch (error) {
    if (signal.aborted) throw new StackError('precondition', 'interrupted: nothing was kept', { cause: error });
    if (silent.signal.aborted) {
      const what = `${gateway.subject} sent nothing for ${silentMs / 1_000} s: nothing was kept`;
      throw new StackError('timeout', what, { cause: error });
    }
    if (error instanceof StackError || (error as { syscall?: unknown }).syscall === 'write') throw error;
    throw new StackError('closed', `${gateway.subject} was lost in the middle: nothing was kept`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  if (size <= digestBytes || !hash.digest().equals(tail)) {
    throw new StackError('garbage', `what ${gateway.subject} sent is not whole: nothing was kept`);
  }
  return size;
}

export const etcdSnapshot: Action = {
  id: 'etcd.snapshot',
  label: 'Save snapshot',
  does: 'Writes the whole database of etcd to a file, from which `etcdutl snapshot restore` makes a member.',
  scope: 'cluster',
  system: 'etcd',
  danger: 'safe',
  many: false,
  ask: { what: 'File', hint: 'etcd.db', initial: '' },
  unavailable: (_target, seen) => (answering('etcd', seen).length > 0 ? null : 'nobody answers'),
  async preview({ input, seen }) {
    if (input.trim() === '') return refusal('say which file');
    const path = pathOf(input.trim());
    const [{ exists, obstacle }, member] = [await wayTo(path), source(seen)];
    if (obstacle !== null) return refusal(obstacle);
    if (member === null) return refusal('nobody answers');
    const size = seen.report.etcd?.members.find(({ name }) => name === member)?.dbBytes ?? null;
    return previewOf({
      effects: [
        `${member} sends its database${size === null ? '' : `, ${bytes(size)}`}; everybody goes on.`,
        ...(exists ? [`${path} is there already, and would be replaced once the new one is whole.`] : []),
      ],
      literal: [`${literal}   # at ${member}, into ${path}`],
      choices: exists ? [leaveIt, { id: 'replace', label: 'replace it' }] : [{ id: 'go', label: 'save' }],
    });
  },
  async run({ means, seen, input, choice, signal }) {
    if (choice === leaveIt.id) return leftAlone;
    const path = pathOf(input.trim());
    if (choice === 'go' && (await wayTo(path)).exists) {
      throw new StackError('precondition', `${path} is there by now; nothing was done`);
    }
    const now = means.seen() ?? seen;
    const member = source(now);
    const way = (await means.access()).find(
      (access) => access.member.system === 'etcd' && access.member.name === member,
    );
    if (way === undefined) throw new StackError('unreachable', 'no etcd member that answers can be reached');
    const { openEtcdGateway } = await import('../probes/etcd-gateway.ts');
    const gateway = openEtcdGateway(way);
    try {
      const size = await writeWhole(path, (file) => saveSnapshot(gateway, file, signal));
      return `${basename(path)}: ${bytes(size)} from ${member}, its digest is right`;
    } finally {
      gateway.close();
    }
  },
};
