import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** What a container has used so far, from the kernel's own files. */
export type RawUsage = {
  readonly cpuNs: number;
  readonly memoryBytes: number;
  /** null where the container has no network of its own. */
  readonly received: number | null;
  readonly sent: number | null;
};

/** A small file kept open: one read call a sample instead of five. */
type OpenFile = { read(): string; close(): void };

export type CgroupFiles = { read(): RawUsage; close(): void };

/**
 * Opens what tells a container's usage: cgroup v1 or v2, and /proc/PID/net/dev. null when /proc/PID does not belong to
 * that container (the engine is not on this machine, or the process is gone) or a file is not there.
 * `root` stands for `/` in tests.
 */
export function openCgroup(id: string, pid: number, root = '/'): CgroupFiles | null {
  const opened: OpenFile[] = [];
  const open = (path: string) => {
    const file = openFile(path);
    opened.push(file);
    return file;
  };
  try {
    const read = reader(id, pid, root, open);
    if (read !== null) return { read, close: () => closeAll(opened) };
  } catch {
    // Not there, or not ours to read: the engine is asked instead.
  }
  closeAll(opened);
  return null;
}

function reader(id: string, pid: number, root: string, open: (path: string) => OpenFile): (() => RawUsage) | null {
  const paths = cgroupPaths(readFileSync(join(root, `proc/${pid}/cgroup`), 'utf8'));
  const mounts = cgroupMounts(readFileSync(join(root, 'proc/self/mountinfo'), 'utf8'));
  const file = (controller: string, name: string) => {
    const [mount, path] = [mounts.get(controller), paths.get(controller)];
    if (mount === undefined || path === undefined) throw new Error(`no cgroup of ${controller}`);
    return open(join(root, mount.point, within(mount.root, path), name));
  };
  const net = open(join(root, `proc/${pid}/net/dev`));
  const network = () => networkBytes(net.read());
  if (paths.get('memory')?.includes(id)) {
    const [cpu, memory, stat] = [
      file('cpuacct', 'cpuacct.usage'),
      file('memory', 'memory.usage_in_bytes'),
      file('memory', 'memory.stat'),
    ];
    return () => ({
      cpuNs: Number(cpu.read()),
      memoryBytes: withoutCache(Number(memory.read()), field(stat.read(), 'total_inactive_file')),
      ...network(),
    });
  }
  if (!paths.get('')?.includes(id)) return null;
  const [cpu, memory, stat] = [file('', 'cpu.stat'), file('', 'memory.current'), file('', 'memory.stat')];
  return () => ({
    cpuNs: (field(cpu.read(), 'usage_usec') ?? 0) * 1000,
    memoryBytes: withoutCache(Number(memory.read()), field(stat.read(), 'inactive_file')),
    ...network(),
  });
}

/** As `docker stats` counts (docker/cli cli/command/container/stats_helpers.go, calculateMemUsageUnixNoCache). */
export function withoutCache(used: number, inactive: number | null): number {
  return inactive !== null && inactive < used ? used - inactive : used;
}

/** Controller → path from /proc/PID/cgroup; the key '' is cgroup v2. */
function cgroupPaths(text: string): Map<string, string> {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    for (const controller of match?.[1]?.split(',') ?? []) paths.set(controller, match?.[2] ?? '/');
  }
  return paths;
}

/** Controller → where it is mounted, and which part of the hierarchy is; from /proc/self/mountinfo (proc(5)). */
export function cgroupMounts(text: string): Map<string, { point: string; root: string }> {
  const mounts = new Map<string, { point: string; root: string }>();
  for (const line of text.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '/', point = ''] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    const controllers = type === 'cgroup2' ? [''] : type === 'cgroup' ? options.split(',') : [];
    for (const controller of controllers) if (!mounts.has(controller)) mounts.set(controller, { point, root });
  }
  return mounts;
}

function within(root: string, path: string): string {
  return root !== '/' && path.startsWith(`${root}/`) ? path.slice(root.length) : path;
}

/** A number out of lines of `name number`; null when there is none of that name. */
export function field(text: string, name: string): number | null {
  const at = text.startsWith(`${name} `) ? 0 : text.indexOf(`\n${name} `) + 1;
  if (at === 0 && !text.startsWith(`${name} `)) return null;
  return Number.parseInt(text.slice(at + name.length + 1), 10);
}

/** Bytes over all interfaces but the loopback, from /proc/PID/net/dev (proc(5)); null when there is no other. */
export function networkBytes(text: string): { received: number | null; sent: number | null } {
  let [received, sent, seen] = [0, 0, false];
  for (const line of text.split('\n')) {
    const match = /^\s*([^:\s]+):\s*(.+)$/.exec(line);
    if (match === null || match[1] === 'lo') continue;
    const numbers = (match[2] ?? '').split(/\s+/);
    received += Number(numbers[0]);
    sent += Number(numbers[8]);
    seen = true;
  }
  return seen ? { received, sent } : { received: null, sent: null };
}

function openFile(path: string): OpenFile {
  const descriptor = openSync(path, 'r');
  return {
    read: () => buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0)),
    close: () => closeSync(descriptor),
  };
}
/** Shared: reads are synchronous, one after the other. memory.stat is about 1.5 kB, net/dev 120 bytes an interface. */
const buffer = Buffer.allocUnsafe(16 * 1024);

function closeAll(files: readonly OpenFile[]): void {
  for (const file of files) file.close();
}
