import { stampReader } from './stamp.ts';
import type { LineKind, Moment } from './types.ts';

/** The stream that a file of an archive belongs to. */
export type Archived = { readonly service: string; readonly container: string };

/** A file of an archive, as its name tells of it. */
export type ArchiveFile = {
  readonly name: string;
  readonly service: string;
  /** Of its first line, epoch ms. */
  readonly startedAt: number;
  /** Which of several that began in the same millisecond. */
  readonly copy: number;
};

const namePattern = /^(.+)\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z(?:-(\d+))?\.log\.gz$/;

/** `redis1.20261123T211057.123Z.log.gz`. A service is a label that anybody may have set: it leads to no other directory. */
export function archiveName(service: string, startedAt: number, copy: number): string {
  const start = new Date(startedAt).toISOString().replace(/[-:]/g, '');
  const name = service.replace(/[^\w.-]|^\./g, '_').slice(0, 100) || '_';
  return `${name}.${start}${copy === 0 ? '' : `-${copy}`}.log.gz`;
}

/** null: no file of an archive. */
export function parseArchiveName(name: string): ArchiveFile | null {
  const [, service, year, month, day, hour, minute, second, copy = '0'] = namePattern.exec(name) ?? [];
  const startedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return service === undefined || Number.isNaN(startedAt) ? null : { name, service, startedAt, copy: Number(copy) };
}

/** Oldest first. */
export function byStart(a: ArchiveFile, b: ArchiveFile): number {
  return a.startedAt - b.startedAt || a.copy - b.copy || (a.name < b.name ? -1 : 1);
}

/** The first line of every file: what its name has no room for. */
export function headLine({ service, container }: Archived): string {
  return `# paws-top archive 1 ${JSON.stringify({ service, container })}\n`;
}

/** null: it does not begin as a file of an archive does. */
export function parseHeadLine(line: string): Archived | null {
  if (!line.startsWith('# paws-top archive 1 {')) return null;
  try {
    const { service, container } = JSON.parse(line.slice(line.indexOf('{'))) as Partial<Archived>;
    return typeof service === 'string' && typeof container === 'string' ? { service, container } : null;
  } catch {
    return null;
  }
}

let stampedSecond = Number.NaN;
let stampedText = '';

/** `2026-11-23T21:10:57.123456789Z`. */
export function stampText({ ms, ns }: Moment): string {
  const second = Math.floor(ms / 1_000);
  if (second !== stampedSecond) {
    stampedSecond = second;
    stampedText = new Date(second * 1_000).toISOString().slice(0, 20);
  }
  return `${stampedText}${String((ms - second * 1_000) * 1_000_000 + ns).padStart(9, '0')}Z`;
}

/** Takes lines of an archive apart, `2026-11-23T21:10:57.123456789Z out text`; calls nothing for one that is none. */
export function archivedLineReader(
  found: (at: Moment, kind: LineKind, text: Uint8Array) => void,
): (bytes: Uint8Array, from: number, to: number) => void {
  const stamp = stampReader();
  return (bytes, from, to) => {
    const at = stamp.read(bytes, from, to);
    if (at < 0) return;
    const kind = kinds[bytes[at] ?? 0];
    if (kind === undefined || bytes[at + kind.length] !== 0x20 || at + kind.length >= to) return;
    found({ ms: stamp.ms, ns: stamp.ns }, kind, bytes.subarray(at + kind.length + 1, to));
  };
}
/** By their first byte. */
const kinds: Readonly<Record<number, LineKind>> = { 111: 'out', 101: 'err', 110: 'note' };
