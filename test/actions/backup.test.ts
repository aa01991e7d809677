import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { backupAction } from '../../source/actions/backup.ts';
import { restoreAction } from '../../source/actions/restore.ts';
import type { Action } from '../../source/actions/types.ts';
import { healthySnapshot } from '../helpers/snapshots.ts';
import { aDump } from './a-dump.ts';
import { databaseOf, type FakeProcess, fakeExec } from './fake-exec.ts';
import { cluster, fakeMeans } from './fake-means.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paws-backup-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

/** The healthy stack, which patroni2 leads; `act` is each process that is run beside its Postgres. */
function world(act: (process: FakeProcess) => void) {
  const fake = fakeMeans(healthySnapshot());
  const { access, details } = databaseOf('patroni2');
  const means = {
    ...fake.means,
    engine: { ...fake.means.engine, exec: fakeExec(act) },
    access: async () => [access],
    containers: async () => [details],
  };
  const running = (file: string, choice = 'go', signal = new AbortController().signal) =>
    fake.running([cluster('patroni')], { means, input: join(folder, file), choice, signal });
  return { means, running, change: fake.change, run: (action: Action, file: string) => action.run(running(file)) };
}
const patroni3Leads = healthySnapshot({}, { patroniLeader: 'patroni3' });

const dumping = (process: FakeProcess) => {
  process.say(aDump());
  process.exit(0);
};

test('the leader is dumped into a file, with its password in the environment only', async () => {
  const seen: FakeProcess[] = [];
  const { run } = world((process) => {
    seen.push(process);
    dumping(process);
  });
  expect(await run(backupAction, 'x.sql')).toMatch(/^x\.sql: paws and postgres, .* of SQL, from patroni2$/);
  expect(readFileSync(join(folder, 'x.sql'), 'utf8')).toBe(aDump());
  expect(readdirSync(folder)).toEqual(['x.sql']);
  expect(seen[0]?.argv.join(' ')).not.toContain('hush-hush');
  expect(seen[0]?.env).toMatchObject({ PGPASSWORD: 'hush-hush', PGUSER: 'postgres' });
});

test('a name that ends in .gz is compressed', async () => {
  await world(dumping).run(backupAction, 'x.sql.gz');
  expect(gunzipSync(readFileSync(join(folder, 'x.sql.gz'))).toString()).toBe(aDump());
});

test.each<readonly [string, (process: FakeProcess) => void, RegExp]>([
  [
    'pg_dumpall fails',
    (process) => {
      process.say(aDump());
      process.complain('pg_dump: error: connection to server failed: FATAL: the database system is shutting down\n');
      process.exit(1);
    },
    /^pg_dumpall on patroni2 said: pg_dump: error: .*shutting down; nothing was kept$/,
  ],
  [
    'the last line is missing, although it ended well',
    (process) => {
      process.say(aDump().slice(0, -60));
      process.exit(0);
    },
    /^pg_dumpall on patroni2 ended before the end of the dump; nothing was kept$/,
  ],
  [
    'the connection is lost',
    (process) => {
      process.say(aDump().slice(0, 100));
      process.lose();
    },
    /^pg_dumpall on patroni2 was lost in the middle; nothing was kept$/,
  ],
])('no file, and none that was there is touched, when %s', async (_, act, why) => {
  const { running } = world(act);
  writeFileSync(join(folder, 'x.sql'), 'before');
  await expect(backupAction.run(running('x.sql', 'replace'))).rejects.toThrow(why);
  expect(readdirSync(folder)).toEqual(['x.sql']);
  expect(readFileSync(join(folder, 'x.sql'), 'utf8')).toBe('before');
});

test('a leader that leads no more by the end is not believed', async () => {
  const { run, change } = world((process) => {
    change(patroni3Leads);
    dumping(process);
  });
  const moved = 'patroni2 does not lead any more, patroni3 does: nothing was kept; run it again';
  await expect(run(backupAction, 'x.sql')).rejects.toThrow(moved);
  expect(readdirSync(folder)).toEqual([]);
});

test('interrupted, it leaves no half file', async () => {
  const stop = new AbortController();
  const { running } = world((process) => {
    process.say(aDump().slice(0, 100));
    stop.abort();
  });
  await expect(backupAction.run(running('x.sql', 'go', stop.signal))).rejects.toThrow('interrupted: nothing was kept');
  expect(readdirSync(folder)).toEqual([]);
});

test('without Patroni, or without a leader, it says so', () => {
  const target = cluster('patroni');
  const { seen } = world(dumping).running('x.sql');
  for (const action of [backupAction, restoreAction]) {
    expect(action.unavailable(target, seen)).toBeNull();
    const nobody = { ...seen, report: { ...seen.report, patroni: null } };
    expect(action.unavailable(target, nobody)).toBe('there is no Patroni');
  }
});

test('a file that is there is replaced only when that is chosen', async () => {
  const { running } = world(dumping);
  writeFileSync(join(folder, 'x.sql'), 'before');
  const preview = await backupAction.preview(running('x.sql'));
  expect(preview.choices.map(({ id }) => id)).toEqual(['leave', 'replace']);
  expect(preview.effects.join(' ')).toContain('x.sql is there already');
  expect(await backupAction.run(running('x.sql', 'leave'))).toBe('left as it was');
  await expect(backupAction.run(running('x.sql', 'go'))).rejects.toThrow('is there by now');
  expect(readFileSync(join(folder, 'x.sql'), 'utf8')).toBe('before');
});

const facts = {
  version: 150_018,
  databases: ['postgres', 'template1', 'paws', 'other'],
  roles: ['postgres', 'paws', 'replicator', 'rewinder'],
  ownRoles: ['postgres', 'replicator'],
  tablespaces: [],
};
/** A server that answers what is asked of it, and hands what it is given to `take`. */
const server = (take: (process: FakeProcess, sql: string) => void) => (process: FakeProcess) => {
  if (process.argv.includes('-c') && process.argv.some((word) => word.startsWith('select'))) {
    process.say(`${JSON.stringify(facts)}\n`);
    process.exit(0);
  } else void process.stdin.then((sql) => take(process, sql));
};

test('a restore says first what it replaces, adds and leaves', async () => {
  writeFileSync(join(folder, 'x.sql'), aDump());
  const { running } = world(server(() => expect.fail('a preview changes nothing')));
  const preview = await restoreAction.preview(running('x.sql'));
  expect(preview.refused).toBeNull();
  expect(preview.effects).toEqual([
    'paws and postgres on patroni2: what is in them is gone, and replaced by what x.sql has; connections to them are ended.',
    'Not in the file, and left as they are: other.',
    'Roles that are added: Odd one.',
    'Roles that exist keep their passwords. Replicas follow by themselves.',
  ]);
  expect(JSON.stringify(preview)).not.toMatch(/hush-hush|SCRAM/);
});

test('psql gets the whole edited dump, and what comes of it is told', async () => {
  writeFileSync(join(folder, 'x.sql'), aDump('row\n'.repeat(100_000)));
  let sql = '';
  const { run } = world(
    server((process, text) => {
      sql = text;
      process.exit(0);
    }),
  );
  expect(await run(restoreAction, 'x.sql')).toBe('paws and postgres restored from x.sql on patroni2');
  expect(sql).toContain('row\n'.repeat(100_000));
  expect(sql).toContain('DROP DATABASE IF EXISTS paws WITH (FORCE);');
  expect(sql).not.toMatch(/ROLE (postgres|rewinder|replicator)\b/);
});

test('psql stops at an error: its words are told, without the statement', async () => {
  writeFileSync(join(folder, 'x.sql'), aDump());
  const { run } = world(
    server((process) => {
      process.complain('psql:<stdin>:152: ERROR:  type "hstore" does not exist at character 8\n');
      process.exit(3);
    }),
  );
  const why = 'psql on patroni2: line 152: ERROR:  type "hstore" does not exist at character 8; the database';
  await expect(run(restoreAction, 'x.sql')).rejects.toThrow(why);
});

test('what is no whole dump is refused before anything is sent', async () => {
  writeFileSync(join(folder, 'x.sql'), aDump().slice(0, -60));
  const { run, running } = world(server(() => expect.fail('nothing is sent')));
  expect((await restoreAction.preview(running('x.sql'))).refused).toContain('cut short');
  await expect(run(restoreAction, 'x.sql')).rejects.toThrow('cut short');
  await expect(run(restoreAction, 'none.sql')).rejects.toThrow("none.sql can't be read");
  expect(existsSync(join(folder, 'none.sql'))).toBe(false);
});
