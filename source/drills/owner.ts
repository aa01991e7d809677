import { readFileSync } from 'node:fs';
import process from 'node:process';
import { StackError } from '../stack/errors.ts';
import type { JournalEntry } from './types.ts';

/** A process, told apart from a later one with the same pid. */
export type Owner = JournalEntry['owner'];

/** This process. */
export async function thisProcess(): Promise<Owner> {
  const owner = await ownerOf(process.pid);
  if (owner === null) throw new StackError('internal', 'when this process started cannot be found out');
  return owner;
}

/** The process with that pid; null: there is none that runs. */
export async function ownerOf(pid: number): Promise<Owner | null> {
  const startedAt = await startOf(pid);
  return startedAt === null ? null : { pid, startedAt };
}

/** Whether that very process still runs; a zombie does not, it only waits to be noticed. */
export async function isAlive({ pid, startedAt }: Owner): Promise<boolean> {
  return (await startOf(pid)) === startedAt;
}

export const sameOwner = (a: Owner, b: Owner): boolean => a.pid === b.pid && a.startedAt === b.startedAt;

/** When a process started, in words that only compare; null: it does not run. */
async function startOf(pid: number): Promise<string | null> {
  if (process.platform === 'linux') return startByProc(pid);
  const { createRun } = await import('../engine/run.ts');
  const listed = await createRun({ ...process.env, LC_ALL: 'C' })(['ps', '-o', 'stat=,lstart=', '-p', String(pid)]);
  const [, state = '', started = ''] = /^\s*(\S+)\s+(.*?)\s*$/.exec(listed.stdout) ?? [];
  return listed.exitCode !== 0 || started === '' || state.startsWith('Z') ? null : started;
}

/** Clock ticks from the machine's start (proc_pid_stat(5): field 3 is the state, 22 the start), and which start that was. */
function startByProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, field 2, may itself have spaces and brackets in it.
    const [state = '', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? null : `${bootId()}-${rest[18]}`;
  } catch {
    return null; // ENOENT, or ESRCH where it ended while it was read
  }
}

let boot: string | null = null;

function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
  return boot;
}
