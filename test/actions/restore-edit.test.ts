import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDump } from '../../source/actions/dump-facts.ts';
import { restorable, type ServerFacts } from '../../source/actions/restore-edit.ts';
import { unfit } from '../../source/actions/restore-file.ts';
import { aDump } from './a-dump.ts';

const server: ServerFacts = {
  version: 150_018,
  databases: ['postgres', 'template1', 'paws'],
  roles: ['postgres', 'replicator', 'paws'],
  ownRoles: ['postgres', 'replicator'],
  tablespaces: ['pg_default'],
};
const empty: ServerFacts = { ...server, roles: [], ownRoles: [] };

function inPieces(text: string, sizes: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text);
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

function edited(text: string, to: ServerFacts, sizes: readonly number[] = [1e9]): string {
  const edit = restorable(to);
  const out = inPieces(text, sizes).flatMap((piece) => [...edit.push(piece)]);
  return Buffer.concat([...out, ...edit.end()]).toString();
}
const facts = (text: string, sizes: readonly number[] = [1e9]) => {
  const dump = readDump();
  for (const piece of inPieces(text, sizes)) dump.push(piece);
  return dump.facts();
};
/** What stands between two lines, both left out. */
const between = (text: string, from: string, to: string): string =>
  text.slice(text.indexOf(from) + from.length, text.indexOf(to)).trim();

test('a dump tells what is in it, however it comes', () => {
  const expected = {
    isDump: true,
    complete: true,
    cleans: false,
    databases: ['template1', 'paws', 'postgres'],
    roles: ['Odd one', 'paws', 'postgres', 'replicator'],
    version: '15.18',
  };
  for (const sizes of [[1], [7, 100], [65_536]]) expect(facts(aDump(), sizes)).toEqual(expected);
});

test('a dump that is cut short anywhere is not complete', () => {
  const text = aDump();
  const whole = text.trimEnd().length;
  for (let length = 0; length < whole; length++) expect(facts(text.slice(0, length)).complete).toBe(false);
  expect(facts(text.slice(0, whole)).complete).toBe(true);
});

test('what can not be restored from is told apart', () => {
  const why = (text: string, version = server.version) => unfit('x.sql', facts(text), version);
  expect(why(aDump())).toBeNull();
  expect(why('select 1;\n')).toBe('x.sql is no dump of pg_dumpall');
  expect(why(aDump().slice(0, -60))).toBe('x.sql is cut short: its last line is missing');
  expect(why(aDump().replace('-- Roles', '-- Drop databases (except postgres and template1)'))).toMatch(/--clean/);
  expect(why(aDump(), 140_005)).toBe('x.sql is from PostgreSQL 15.18, newer than the server here (14)');
});

test('roles that exist keep their passwords, those of replication everything; others come with theirs', () => {
  const roles = between(edited(aDump(), server), '-- Roles\n--', 'GRANT').split('\n');
  expect(roles.filter((line) => line !== '')).toEqual([
    'CREATE ROLE "Odd one";',
    `ALTER ROLE "Odd one" WITH NOSUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:of-Odd one';`,
    'ALTER ROLE paws WITH NOSUPERUSER LOGIN;',
    `CREATE TABLESPACE fast OWNER postgres LOCATION '/fast';`,
  ]);
  expect(edited(aDump(), { ...server, tablespaces: ['fast'] })).not.toContain('CREATE TABLESPACE');
  expect(edited(aDump(), empty)).toContain('CREATE ROLE replicator;');
});

test('a database is dropped just before it is made, and is closed until it is full', () => {
  const text = edited(aDump(), server);
  const order = [
    'DROP DATABASE IF EXISTS paws WITH (FORCE);',
    "CREATE DATABASE paws WITH CONNECTION LIMIT = 0 TEMPLATE = template0 ENCODING = 'UTF8';",
    '\\connect paws',
    '1\tä\n\\.\n',
    'ALTER DATABASE paws CONNECTION LIMIT = 7;',
    '\\connect postgres',
  ];
  const places = order.map((line) => text.indexOf(line));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places[0]).toBeGreaterThan(0);
  expect(text.split('CONNECTION LIMIT = 7')).toHaveLength(2);
  expect(text.split('DROP DATABASE')).toHaveLength(2);
});

test('the databases that are always there are emptied, not dropped', () => {
  const text = edited(aDump(), server);
  for (const name of ['template1', 'postgres']) expect(text).toContain(`\\connect ${name}\nDO $paws_top$`);
  expect(text.split('DO $paws_top$')).toHaveLength(3);
  expect(text).toContain('OWNER TO pg_database_owner');
  expect(edited(aDump(), { ...server, version: 140_000 })).not.toContain('pg_database_owner');
});

test('rows go through as they are, whatever they look like and however they come', () => {
  const nasty = [
    ...['\\.', '\\\\.', '-- Database "postgres" dump', '\\connect postgres', 'CREATE ROLE paws;', ''],
    ...['DROP DATABASE paws;', '-- PostgreSQL database cluster dump complete', 'COPY x FROM stdin;', 'x'.repeat(99)],
  ];
  // As COPY writes it: a backslash is two.
  const row = fc.oneof(fc.constantFrom(...nasty), fc.string()).map((text) => text.replace(/[\\\n\r]/g, '\\\\'));
  fc.assert(
    fc.property(fc.array(row), fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (rows, sizes) => {
      const given = rows.map((text) => `${text}\n`).join('');
      const text = edited(aDump(given), server, sizes);
      expect(text).toContain(`COPY public.wares (id, name) FROM stdin;\n${given}\\.\n`);
      expect(text).toBe(edited(aDump(given), server));
      expect(facts(aDump(given), sizes).databases).toEqual(['template1', 'paws', 'postgres']);
    }),
  );
});
