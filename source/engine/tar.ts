/** The first regular file, or the link, of a tar archive. */
export type TarEntry =
  | { readonly kind: 'file'; readonly content: Buffer; readonly size: number }
  | { readonly kind: 'link'; readonly target: string };

const block = 512;

/**
 * Reads the first entry that is a file or a symbolic link (POSIX ustar; PAX and GNU headers in front of it are passed
 * over). null when there is none. The content may be cut when the archive is.
 */
export function firstEntry(archive: Buffer): TarEntry | null {
  let at = 0;
  while (at + block <= archive.length) {
    const header = archive.subarray(at, at + block);
    if (header[0] === 0) return null; // the end is a block of zeros
    const size = Number.parseInt(text(header, 124, 12).trim() || '0', 8);
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === '2') return { kind: 'link', target: text(header, 157, 100) };
    if (type === '0' || type === '\0') {
      return { kind: 'file', content: archive.subarray(at + block, at + block + size), size };
    }
    at += block + Math.ceil(size / block) * block;
  }
  return null;
}

function text(header: Buffer, from: number, length: number): string {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? length : end).toString();
}
