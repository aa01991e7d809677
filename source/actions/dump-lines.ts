/** A piece of a dump: a line of SQL without its newline, or rows of a table as they are. Text is latin1, so no byte is lost. */
export type DumpPiece =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'rows'; readonly bytes: Buffer };

const newline = 10;
const rowsEnd = Buffer.from('\n\\.\n');

/**
 * Takes what pg_dumpall wrote apart, chunk by chunk. Rows (between `COPY … FROM stdin;` and `\.`) are told apart, since
 * anything may stand there; only behind pg_dump's own comment does a COPY begin them, not in the body of a function.
 */
export function dumpPieces() {
  let pending: Buffer = Buffer.alloc(0);
  let inRows = false;
  /** What is pending begins within a row. */
  let midRow = false;
  /** Lines since the comment that announces rows. */
  let sinceComment = Number.POSITIVE_INFINITY;

  /** As many as are known to be rows: all but what might be the beginning of their end. */
  function takeRows(): Buffer {
    const atOnce = !midRow && pending.subarray(0, 3).equals(rowsEnd.subarray(1));
    const end = atOnce ? 0 : pending.indexOf(rowsEnd) + 1;
    inRows = !atOnce && end === 0;
    const bytes = pending.subarray(0, inRows ? Math.max(0, pending.length - rowsEnd.length) : end);
    pending = pending.subarray(bytes.length);
    if (bytes.length > 0) midRow = inRows && bytes.at(-1) !== newline;
    return bytes;
  }

  function* take(): Generator<DumpPiece> {
    for (;;) {
      if (inRows) {
        const bytes = takeRows();
        if (bytes.length > 0) yield { kind: 'rows', bytes };
        if (inRows) return;
      }
      const end = pending.indexOf(newline);
      if (end < 0) return;
      const text = pending.toString('latin1', 0, end);
      pending = pending.subarray(end + 1);
      sinceComment = /^-- Data for Name: .*; Type: TABLE DATA;/.test(text) ? 0 : sinceComment + 1;
      yield { kind: 'line', text };
      inRows = sinceComment <= 4 && /^COPY .* FROM stdin;$/.test(text);
    }
  }

  return {
    *push(chunk: Buffer): Generator<DumpPiece> {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      yield* take();
    },
    /** What stands behind the last newline. */
    *end(): Generator<DumpPiece> {
      if (pending.length > 0) yield { kind: 'rows', bytes: pending };
    },
  };
}

/** An identifier as it stands in SQL: `paws`, `"Paws app"`. */
export const identifier = String.raw`"(?:[^"]|"")+"|[^\s";]+`;

/** The name that an identifier in a dump stands for. */
export function nameOf(word: string): string {
  const text = Buffer.from(word, 'latin1').toString('utf8');
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}
