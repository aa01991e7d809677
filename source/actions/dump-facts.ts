import { dumpPieces, identifier, nameOf } from './dump-lines.ts';

/** What a dump of a whole server says of itself. */
export type DumpFacts = {
  /** It begins as pg_dumpall's do. */
  readonly isDump: boolean;
  /** pg_dumpall has written its last line: nothing is missing. */
  readonly complete: boolean;
  /** It drops what it replaces by itself (`--clean`), databases that are in use among it. */
  readonly cleans: boolean;
  readonly databases: readonly string[];
  readonly roles: readonly string[];
  /** Of the server that it was taken from, `15.14`; null: it does not say. */
  readonly version: string | null;
};

const begins = '-- PostgreSQL database cluster dump';
const ends = /\n--\n-- PostgreSQL database cluster dump complete\n--\s*$/;
const lastBytes = 400;

const databaseHeader = /^-- Database "(.*)" dump$/;
const createRole = new RegExp(`^CREATE ROLE (${identifier});$`);

/** Reads along. */
export function readDump() {
  const pieces = dumpPieces();
  const databases: string[] = [];
  const roles: string[] = [];
  let [isDump, cleans, lines] = [false, false, 0];
  let version: string | null = null;
  let tail = Buffer.alloc(0);

  function look(text: string): void {
    lines += 1;
    if (lines <= 5 && text === begins) isDump = true;
    if (!text.startsWith('-- ') && !text.startsWith('CREATE ROLE ')) return;
    const database = databaseHeader.exec(text)?.[1];
    // The comment has the bare name.
    if (database !== undefined) databases.push(Buffer.from(database, 'latin1').toString('utf8'));
    const role = databases.length === 0 ? createRole.exec(text)?.[1] : undefined;
    if (role !== undefined) roles.push(nameOf(role));
    if (text.startsWith('-- Drop databases') && databases.length === 0) cleans = true;
    version ??= /^-- Dumped from database version (\S+)/.exec(text)?.[1] ?? null;
  }

  return {
    push(chunk: Buffer): void {
      for (const piece of pieces.push(chunk)) if (piece.kind === 'line') look(piece.text);
      tail = Buffer.concat([tail, chunk.subarray(-lastBytes)]).subarray(-lastBytes);
    },
    facts: (): DumpFacts => ({
      isDump,
      complete: isDump && ends.test(tail.toString('latin1')),
      cleans,
      databases: [...new Set(databases)],
      roles,
      version,
    }),
  };
}
