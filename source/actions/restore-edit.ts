import { dumpPieces, identifier, nameOf } from './dump-lines.ts';

/** What is on the server that a dump goes into. */
export type ServerFacts = {
  /** As Postgres counts, 150014. */
  readonly version: number;
  readonly databases: readonly string[];
  readonly roles: readonly string[];
  /** Those that replication and Patroni live by: left exactly as they are. */
  readonly ownRoles: readonly string[];
  readonly tablespaces: readonly string[];
};

/** These exist on every server, and are in use on one that lives: emptied instead of dropped. */
const standing = ['postgres', 'template1'];

const patterns = {
  header: /^-- Database "(.*)" dump$/,
  end: /^-- PostgreSQL database cluster dump complete$/,
  createRole: new RegExp(`^CREATE ROLE (${identifier});$`),
  alterRole: new RegExp(`^ALTER ROLE (${identifier}) WITH .*;$`),
  createTablespace: new RegExp(`^CREATE TABLESPACE (${identifier}) `),
  createDatabase: new RegExp(`^CREATE DATABASE (${identifier}) WITH `),
  limit: new RegExp(`^ALTER DATABASE (${identifier}) CONNECTION LIMIT = (\\d+);$`),
  connect: /^\\connect /,
};

/**
 * A dump as psql may run it on a server that lives. Roles that exist keep their passwords, and those that replication needs
 * everything, since the members log in with what their configuration says, not with what a file remembers. Each database is
 * dropped just before it is made again, and takes no connections but a superuser's until it is full: an application that
 * comes back too early would make tables of its own.
 *
 * `onDatabase` is told whose turn it is.
 */
export function restorable(server: ServerFacts, onDatabase: (name: string) => void = () => {}) {
  const pieces = dumpPieces();
  /** The database at hand, and how it is finished; null: roles come first. */
  let section: { readonly name: string; begun: boolean; close: (() => string) | null } | null = null;
  let limit = -1;

  const close = (): string => section?.close?.() ?? '';

  function globals(text: string): string | null {
    const role = nameIn(patterns.createRole, text) ?? nameIn(patterns.alterRole, text);
    if (role !== null && server.ownRoles.includes(role)) return null;
    if (role !== null && server.roles.includes(role)) {
      return text.startsWith('CREATE') ? null : text.replace(/ PASSWORD '(?:[^']|'')*'/, '');
    }
    const tablespace = nameIn(patterns.createTablespace, text);
    return tablespace !== null && server.tablespaces.includes(tablespace) ? null : text;
  }

  function beginning(of: NonNullable<typeof section>, text: string): string | null {
    if (standing.includes(of.name)) {
      if (!patterns.connect.test(text)) return text;
      of.begun = true;
      return `${text}\n${emptied(server.version)}`;
    }
    const [, word = ''] = patterns.createDatabase.exec(text) ?? [];
    if (word !== '' && nameOf(word) === of.name) {
      of.close = () => `ALTER DATABASE ${word} CONNECTION LIMIT = ${limit};\n`;
      const closed = text.replace(' WITH ', ' WITH CONNECTION LIMIT = 0 ');
      return `DROP DATABASE IF EXISTS ${word} WITH (FORCE);\n${closed}`;
    }
    const own = patterns.limit.exec(text);
    if (own !== null) {
      limit = Number(own[2]);
      return null;
    }
    if (of.close !== null && patterns.connect.test(text)) of.begun = true;
    return text;
  }

  function edited(text: string): string | null {
    const name = patterns.header.exec(text)?.[1];
    if (name !== undefined || patterns.end.test(text)) {
      const before = close();
      section = name === undefined ? null : { name: Buffer.from(name, 'latin1').toString(), begun: false, close: null };
      limit = -1;
      if (section !== null) onDatabase(section.name);
      return before + text;
    }
    if (section === null) return globals(text);
    return section.begun ? text : beginning(section, text);
  }

  return {
    *push(chunk: Buffer): Generator<Buffer> {
      for (const piece of pieces.push(chunk)) {
        const text = piece.kind === 'line' ? edited(piece.text) : null;
        if (piece.kind === 'rows') yield piece.bytes;
        else if (text !== null) yield Buffer.from(`${text}\n`, 'latin1');
      }
    },
    *end(): Generator<Buffer> {
      for (const piece of pieces.end()) if (piece.kind === 'rows') yield piece.bytes;
    },
  };
}

function nameIn(pattern: RegExp, text: string): string | null {
  const word = pattern.exec(text)?.[1];
  return word === undefined ? null : nameOf(word);
}

/** Everything in the database that is not the system's goes; `public` comes back as initdb makes it. */
const emptied = (version: number): string => `DO $paws_top$
DECLARE one text;
BEGIN
  FOR one IN SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
    EXECUTE pg_catalog.format('DROP SCHEMA %I CASCADE', one);
  END LOOP;
  CREATE SCHEMA public;
  ${version >= 150_000 ? 'ALTER SCHEMA public OWNER TO pg_database_owner;' : 'GRANT CREATE ON SCHEMA public TO PUBLIC;'}
  GRANT USAGE ON SCHEMA public TO PUBLIC;
  COMMENT ON SCHEMA public IS 'standard public schema';
END $paws_top$;`;
