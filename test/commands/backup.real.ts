import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { etcdSnapshot } from '../../source/actions/etcd-snapshot.ts';
import { runCli } from '../helpers/cli.ts';
import { inside, sql } from '../helpers/drill.ts';
import { cli, plainEnvironment } from '../helpers/pty.ts';
import { containerOf, ensureStack, eventually, healthy, ours, status } from '../helpers/stack.ts';
import { withMeans } from '../helpers/stack-means.ts';

let folder: string;
let leader: string;
let others: readonly string[];

beforeAll(async () => {
  await ensureStack();
  folder = await mkdtemp(join(tmpdir(), 'paws-top-backup-'));
  const { patroni } = (await status()).report;
  leader = patroni?.leader ?? '';
  others = (patroni?.members ?? []).map(({ name }) => name).filter((name) => name !== leader);
  await tidy();
});

afterAll(async () => {
  await rm(folder, { recursive: true });
  await tidy();
});

/** What an interrupted run left, too. */
async function tidy(): Promise<void> {
  await sql(leader, 'drop schema if exists mine, strange cascade');
  await sql(leader, 'drop role if exists \\"Odd one\\"');
  await inDatabase(leader, 'drop table if exists wares');
}

/** A dump without what differs in any case: tokens, salts, and what the application has written meanwhile. */
const comparable = (dump: string): string =>
  dump
    .replaceAll(/^\\(un)?restrict .*$/gm, '')
    .replaceAll(/ PASSWORD 'SCRAM[^']*'/g, '')
    .replaceAll(/^COPY public\.students [\s\S]*?^\\\.$/gm, '');

/** The application's own database, as itself. */
const inDatabase = (member: string, statement: string): Promise<string> =>
  inside(
    member,
    `PGPASSWORD=$PATRONI_SUPERUSER_PASSWORD psql -XAtq -h 127.0.0.1 -U "$PATRONI_SUPERUSER_USERNAME" -d paws -c "${statement}"`,
  );
const paws = (...args: readonly string[]) => runCli([...args, ...ours]);
/** How many hold a table against everybody. */
const locks = () =>
  inDatabase(leader, "select count(*) from pg_locks where mode = 'AccessExclusiveLock' and relation is not null");
const rows = 'select count(*), md5(string_agg(name, chr(44) order by id)) from wares';

test('rows are written, backed up, dropped and restored; replication and passwords are as they were', async () => {
  await inDatabase(
    leader,
    'create table wares as select id, chr(9) || chr(92) || id as name from generate_series(1, 5000) id',
  );
  await sql(leader, "create schema mine; create table mine.t as select 'ä' as x");
  await sql(leader, 'create role \\"Odd one\\" login');
  const before = await inDatabase(leader, rows);
  const path = join(folder, 'paws.sql.gz');
  expect(await paws('backup', path)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(new RegExp(`^paws\\.sql\\.gz: paws and postgres, .* from ${leader}\n$`)),
  });
  const again = await paws('backup', path);
  expect(again).toMatchObject({ code: 64, stderr: expect.stringContaining('--yes replaces it') });

  await inDatabase(leader, 'drop table wares');
  await sql(leader, 'drop schema mine cascade; create schema strange');
  await sql(leader, 'drop role \\"Odd one\\"');
  // As from a stack with other secrets: whoever takes these passwords over loses replication, and the application.
  const text = gunzipSync(readFileSync(path)).toString();
  const other = text.replaceAll(/PASSWORD 'SCRAM[^']*'/g, "PASSWORD 'another'");
  expect(other).not.toBe(text);
  writeFileSync(join(folder, 'other.sql'), other);

  const asked = await paws('restore', path);
  expect(asked).toMatchObject({ code: 64, stderr: expect.stringContaining('needs --yes') });
  const restored = await paws('restore', join(folder, 'other.sql'), '--yes');
  expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining('Roles that are added: Odd one.') });
  expect(restored.stdout + restored.stderr).not.toContain('another');

  expect(await inDatabase(leader, rows)).toBe(before);
  expect(await sql(leader, 'select x from mine.t')).toBe('ä');
  expect(await sql(leader, "select count(*) from pg_namespace where nspname = 'strange'")).toBe('0');
  for (const replica of others) {
    await eventually(async () => ((await inDatabase(replica, rows)) === before ? true : null), 10_000);
  }
  // The application logs in as before, from another container; so do the members with each other.
  const login = 'PGPASSWORD=$PAWS_APP_PASSWORD psql -XAtq -U paws -d paws -c "select current_user"';
  expect(await inside(others[0] ?? '', `${login} -h ${leader}`)).toBe('paws');
  await sql(leader, 'select pg_terminate_backend(pid) from pg_stat_replication');
  await eventually(
    async () =>
      (await sql(leader, "select count(*) from pg_stat_replication where state = 'streaming'")) === '2' ? true : null,
    10_000,
  );
  const second = join(folder, 'second.sql');
  expect(await paws('backup', second)).toMatchObject({ code: 0 });
  expect(comparable(readFileSync(second, 'utf8'))).toBe(comparable(text));
  expect((await readdir(folder)).toSorted()).toEqual(['other.sql', 'paws.sql.gz', 'second.sql']);
  await healthy();
});

test('Ctrl+C in the middle: no file, and nothing goes on in the container', async () => {
  // Waits for this lock: up to 10 s, as it says to pg_dump.
  const lock = inDatabase(leader, 'begin; lock table wares in access exclusive mode; select pg_sleep(4)');
  await eventually(async () => ((await locks()) === '1' ? true : null), 5_000);
  const path = join(folder, 'interrupted.sql');
  const child = spawn(process.execPath, [cli, 'backup', path, ...ours], { env: plainEnvironment(), stdio: 'ignore' });
  const exit = once(child, 'exit');
  const dumping = async (how: boolean) => ((await inside(leader, 'pgrep pg_dump || true')) !== '') === how || null;
  await eventually(() => dumping(true), 10_000);
  const asked = performance.now();
  child.kill('SIGINT');
  expect(await exit).toEqual([130, null]);
  expect(performance.now() - asked).toBeLessThan(1_000);
  expect((await readdir(folder)).filter((name) => name.startsWith('interrupted'))).toEqual([]);
  await eventually(() => dumping(false), 2_000);
  await lock;
});

test('etcd: what etcdutl itself takes for a snapshot', async () => {
  const path = join(folder, 'etcd.db');
  const said = await withMeans(async (means) => {
    const seen = means.seen();
    if (seen === null) throw new Error('nothing is seen');
    const target = { name: 'etcd', system: 'etcd', member: null, container: null } as const;
    const given = { targets: [target], input: path, seen, means };
    return etcdSnapshot.run({ ...given, choice: 'go', say: () => {}, signal: new AbortController().signal });
  });
  expect(said).toMatch(/^etcd\.db: .* its digest is right$/);
  const container = await containerOf('etcd1');
  const exec = await container.exec({ Cmd: ['sh', '-c', 'cat > /tmp/etcd.db'], AttachStdin: true, AttachStdout: true });
  const stream = await exec.start({ hijack: true, stdin: true });
  stream.resume().end(readFileSync(path));
  await new Promise((resolve) => stream.once('close', resolve));
  const status = await inside('etcd1', 'etcdutl snapshot status /tmp/etcd.db -w json; rm /tmp/etcd.db');
  expect(JSON.parse(status)).toMatchObject({ totalKey: expect.any(Number), totalSize: expect.any(Number) });
});
