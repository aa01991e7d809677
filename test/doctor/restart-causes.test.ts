import { expect, test } from 'vitest';
import { causeOf } from '../../source/doctor/checks-restarts.ts';
import { restartCauses } from '../../source/doctor/restart-causes.ts';

type Said = readonly [known: 'seen' | 'source', cause: RegExp, ...lines: string[]];

/** What containers say before they end: `seen` of those that were made to, the others from their source. */
const said: readonly Said[] = [
  ['seen', /cannot resolve/, '*** FATAL CONFIG FILE ERROR (Redis 8.0.2) ***', "Can't resolve instance hostname."],
  ['seen', /cannot resolve/, "1:X 24 Nov 2026 00:55:27.269 # Failed to resolve hostname 'nosuchhost'"],
  [
    'seen',
    /data folder \/tmp\/pg closed/,
    '2026-11-24 UTC [1] FATAL:  data directory "/tmp/pg" has invalid permissions',
  ],
  ['source', /\/data belongs to another user/, 'FATAL:  data directory "/data" has wrong ownership'],
  ['source', /disk is full/, 'FATAL:  could not write lock file "postmaster.pid": No space left on device'],
  [
    'seen',
    /another cluster/,
    '{"level":"warn","msg":"request sent was ignored by remote peer due to cluster ID mismatch","error":"cluster ID mismatch"}',
  ],
  [
    'seen',
    /lost its data/,
    '{"level":"fatal","msg":"discovery failed","error":"member a03da88ddb261e9 has already been bootstrapped"}',
  ],
  ['source', /was removed/, '{"level":"error","msg":"the member has been permanently removed from the cluster"}'],
  ['source', /clocks/, '{"level":"warn","msg":"prober found high clock drift","clock-drift":"5m0s"}'],
  [
    'seen',
    /port is taken/,
    '# Warning: Could not create server TCP listening socket *:7777: bind: Address already in use',
    '# Failed listening on port 7777 (tcp), aborting.',
  ],
  ['source', /refuses its password/, '# Unable to AUTH to MASTER: -WRONGPASS invalid username-password pair'],
  ['seen', /data of Redis is damaged/, '# Wrong signature trying to load DB from file', '# Fatal error loading the DB'],
  ['seen', /data of Redis is damaged/, "# >>> 'file x.aof seq 1 type z'", '# Unknown AOF file type'],
  ['source', /data of Redis is damaged/, '# Bad file format reading the append only file appendonly.aof.1.incr.aof'],
  [
    'seen',
    /mistake in the configuration of Redis: sentinel down-after-milliseconds paws 2000$/,
    '*** FATAL CONFIG FILE ERROR (Redis 8.0.2) ***',
    ">>> 'sentinel down-after-milliseconds paws 2000'",
    'No such master with specified name.',
  ],
  [
    'seen',
    /module cdiff is missing/,
    'Traceback (most recent call last):',
    "ModuleNotFoundError: No module named 'cdiff'",
  ],
  [
    'seen',
    /of another Postgres cluster/,
    '2026-11-24 00:55:46 CRITICAL: system ID mismatch, node odd belongs to a different cluster: 77115 != 77116',
  ],
  [
    'source',
    /another version of Postgres/,
    'FATAL:  database files are incompatible with server',
    'DETAIL:  The data directory was initialized by PostgreSQL version 14, which is not compatible with this version 15.18.',
  ],
  ['seen', /another kind of processor/, 'sh: 1: exec: /tmp/x: Exec format error'],
  ['seen', /variable REDIS_PASSWORD is not set/, 'bash: line 1: REDIS_PASSWORD: unbound variable'],
  ['source', /a file that it needs/, 'sh: 1: patroni: not found'],
  ['seen', /may not read or write/, 'sh: 1: cannot create x: Permission denied'],
  ['source', /memory that it needs/, 'FATAL:  could not map anonymous shared memory: Cannot allocate memory'],
];

test.each(said.map(([known, cause, ...lines]) => ({ known, cause, lines })))('$known: $lines', ({ cause, lines }) => {
  expect(causeOf(['something before it', ...lines])?.cause).toMatch(cause);
});

test('every cause is tried', () => {
  const found = new Set(said.map(([, , ...lines]) => causeOf(lines)?.mend));
  expect(restartCauses.map(({ mend }) => mend).filter((mend) => !found.has(mend))).toEqual([]);
});

test('lines that tell no cause tell none', () => {
  expect(causeOf(['1:C * Configuration loaded', '1:M * Server initialized'])).toBeNull();
  expect(causeOf([])).toBeNull();
});
