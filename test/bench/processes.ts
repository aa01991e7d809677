import { readdirSync, readFileSync } from 'node:fs';

/** Kernel ticks per second, as /proc counts processor time; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Processor time of a process and its finished children so far, in ms; null when it is gone (proc(5), fields 14–17). */
export function cpuMs(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
  return (ticks * 1_000) / ticksPerSecond;
}

/** Resident memory now, its peak, and its share where pages are shared, in bytes. */
export function memory(pid: number): { residentBytes: number; peakBytes: number; shareBytes: number } {
  const status = read(`/proc/${pid}/status`) ?? '';
  const share = read(`/proc/${pid}/smaps_rollup`) ?? '';
  return {
    residentBytes: kilobytes(status, 'VmRSS'),
    peakBytes: kilobytes(status, 'VmHWM'),
    shareBytes: kilobytes(share, 'Pss'),
  };
}

/** A process and all that it has started, and they. */
export function family(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(Number(name))] as const);
  const found = [pid];
  for (const parent of found) found.push(...parents.filter(([, of]) => of === parent).map(([child]) => child));
  return found;
}

function parentOf(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`);
  return stat === null ? null : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** The container engine's own processes: daemon, containerd, one shim per container, port proxies. */
export function engineProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => /^(dockerd|containerd|docker-proxy|podman|conmon)/.test(read(`/proc/${pid}/comm`) ?? ''));
}

/** Starts to count; the result tells the processor time that those of the processes which are still there used since, in ms. */
export function cpuMeter(pids: readonly number[]): () => number {
  const before = new Map(pids.map((pid) => [pid, cpuMs(pid)]));
  return () =>
    pids.reduce((sum, pid) => {
      const [earlier, now] = [before.get(pid) ?? null, cpuMs(pid)];
      return earlier === null || now === null ? sum : sum + now - earlier;
    }, 0);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // gone, or not ours to read
  }
}

const kilobytes = (text: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) * 1024;
