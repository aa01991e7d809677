import { readdirSync, readlinkSync } from 'node:fs';
import { readText } from './surroundings.ts';

/** Who listens on a TCP port of this machine: `redis-server (pid 812)`; null when it cannot be known (Linux only). */
export function listenerOn(port: number): string | null {
  const inodes = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => listeningInodes(readText(path) ?? '', port)),
  );
  if (inodes.size === 0) return null;
  const pid = entries('/proc').find((name) => /^\d+$/.test(name) && holdsSocket(name, inodes));
  return pid === undefined ? null : `${readText(`/proc/${pid}/comm`)?.trim() ?? '?'} (pid ${pid})`;
}

/** Socket inodes in state LISTEN (0A) on a port, from /proc/net/tcp (proc_net_tcp.rst). */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === '0A' && local?.endsWith(suffix))
    .flatMap((columns) => columns[9] ?? []);
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  return entries(`/proc/${pid}/fd`).some((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`))?.[1];
    return inode !== undefined && inodes.has(inode);
  });
}

// Processes come and go while they are looked at, and others' are closed to us: both tell nothing.
function entries(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
