import { createBuffer } from '../../source/logs/buffer.ts';
import type { Bounds, Finder, LineKind, LogBuffer, Logs, Search, SourceState } from '../../source/logs/types.ts';
import { now } from '../helpers/snapshots.ts';

export const stackServices = [
  ...['etcd1', 'etcd2', 'etcd3', 'patroni1', 'patroni2', 'patroni3', 'redis1', 'redis2', 'redis3'],
  ...['sentinel1', 'sentinel2', 'sentinel3', 'backend'],
];

/** A line for a fake: how long before `now` in ms, whose (null: a marker), its text, and what is not usual about it. */
export type FakeLine = {
  readonly ago: number;
  readonly service: string | null;
  readonly text: string | Uint8Array;
  readonly kind?: LineKind;
  readonly continues?: boolean;
  readonly cut?: number;
};

export type FakeLogs = Logs & {
  put(lines: readonly FakeLine[]): void;
  /** What is chosen, newest last. */
  readonly chosen: (readonly string[] | null)[];
};

export type FakeLogsOptions = {
  readonly services?: readonly string[];
  readonly states?: Readonly<Record<string, SourceState['state']>>;
  readonly trouble?: string | null;
  readonly bounds?: Bounds;
  /** Marks of shown texts are not known yet. */
  readonly slow?: boolean;
};

/** Logs with a real buffer, fed by hand, and a search that answers at once. */
export function fakeLogs(lines: readonly FakeLine[] = [], options: FakeLogsOptions = {}): FakeLogs {
  const services = options.services ?? stackServices;
  const buffer = createBuffer(options.bounds ?? { lines: 100_000, bytes: 64_000_000 });
  const finder = fakeFinder(buffer, options.slow ?? false);
  const listeners = new Set<() => void>();
  const chosen: (readonly string[] | null)[] = [];
  let entry = { ms: 0, ns: 0 };
  let isNew = false;
  const add = ({ ago, service, text, kind = 'out', continues = false, cut = 0 }: FakeLine) => {
    const at = { ms: now - Math.ceil(ago), ns: 0 };
    if (!continues) entry = at;
    const source = service === null ? -1 : services.indexOf(service);
    buffer.add({ source, kind, at, entry, text: typeof text === 'string' ? Buffer.from(text) : text, cut });
  };
  const put = (more: readonly FakeLine[]) => {
    for (const line of more) add(line);
    buffer.settle();
    isNew = true;
    for (const listener of listeners) listener();
  };
  put(lines);
  return {
    buffer,
    finder,
    following: {
      choose: (names) => chosen.push(names),
      sources: services.map((service, index) => ({
        source: { index, container: `paws-${service}-1`, service },
        state: options.states?.[service] ?? 'following',
      })),
      trouble: options.trouble ?? null,
      subscribe: () => () => {},
      stop: () => {},
    },
    mark: (text) => put([{ ago: 0, service: null, kind: 'note', text }]),
    findLevels: () => {},
    settle() {
      const was = isNew;
      isNew = false;
      return was;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {},
    put,
    chosen,
  };
}

function fakeFinder(buffer: LogBuffer, slow: boolean): Finder {
  let pattern: string | null = null;
  let expression: RegExp | null = null;
  let trouble: string | null = null;
  const all = () => Array.from({ length: buffer.size }, (_, position) => buffer.slotAt(position));
  const matches = (slot: number) => expression?.test(buffer.text(slot)) === true;
  return {
    search(wanted) {
      pattern = wanted === '' ? null : wanted;
      expression = null;
      trouble = null;
      try {
        if (pattern !== null) expression = new RegExp(pattern, pattern === pattern.toLowerCase() ? 'i' : '');
      } catch {
        trouble = 'not a regular expression (Unterminated group)';
      }
    },
    get state(): Search | null {
      if (pattern === null) return null;
      return {
        pattern,
        hits: all().filter(matches).length,
        tested: buffer.size,
        total: buffer.size,
        caughtUp: true,
        trouble,
      };
    },
    matches,
    test: () => {},
    marks(text) {
      if (slow) return null;
      if (expression === null) return [];
      const found = text.matchAll(new RegExp(expression.source, `${expression.flags}g`));
      return [...found].map((match) => [match.index, match.index + match[0].length] as const);
    },
    subscribe: () => () => {},
    close: () => {},
  };
}

const patroni = (service: string, ago: number, text: string): FakeLine => ({
  ago,
  service,
  text: `2026-01-15 ${new Date(now - ago).toISOString().slice(11, 19)} ${text}`,
});
const postgres = (service: string, ago: number, text: string, continues = false): FakeLine => ({
  ago,
  service,
  kind: 'err',
  continues,
  text: `2026-01-15 ${new Date(now - ago).toISOString().slice(11, 23).replace('T', ' ')} UTC [812] ${text}`,
});
const etcd = (service: string, ago: number, level: string, message: string, fields: object): FakeLine => ({
  ago,
  service,
  kind: 'err',
  text: JSON.stringify({
    level,
    ts: new Date(now - ago).toISOString(),
    caller: 'rafthttp/stream.go:421',
    msg: message,
    ...fields,
  }),
});
const redis = (service: string, ago: number, text: string): FakeLine => ({
  ago,
  service,
  text: `7:${service.startsWith('sentinel') ? 'X' : 'M'} 15 Jan 2026 ${new Date(now - ago).toISOString().slice(11, 23)} ${text}`,
});

/** A Patroni leader was killed and replaced, beside what goes on all the time. */
export const failover: readonly FakeLine[] = [
  { ago: 41_020, service: 'backend', text: 'backend: listening on 8080' },
  { ago: 41_010, service: 'backend', text: 'redis: using 172.28.3.1:6379' },
  ...Array.from({ length: 12 }, (_, index) => [
    patroni(
      'patroni1',
      40_000 - index * 2_000,
      'INFO: no action. I am (patroni1), a secondary, and following a leader (patroni2)',
    ),
    patroni(
      'patroni3',
      39_820 - index * 2_000,
      'INFO: no action. I am (patroni3), a secondary, and following a leader (patroni2)',
    ),
  ]).flat(),
  patroni('patroni2', 14_900, 'INFO: no action. I am (patroni2), the leader with the lock'),
  redis('redis1', 14_400, '* Background saving started by pid 97'),
  redis('redis1', 14_310, '* Background saving terminated with success'),
  { ago: 12_588, service: 'patroni2', kind: 'note', text: 'killed' },
  postgres(
    'patroni1',
    12_570,
    'FATAL:  could not receive data from WAL stream: server closed the connection unexpectedly',
  ),
  {
    ...postgres('patroni1', 12_570, ''),
    text: '\tThis probably means the server terminated abnormally',
    continues: true,
  },
  { ...postgres('patroni1', 12_569, ''), text: '\tbefore or while processing the request.', continues: true },
  postgres(
    'patroni3',
    12_566,
    'FATAL:  could not receive data from WAL stream: server closed the connection unexpectedly',
  ),
  { ago: 12_401, service: 'backend', kind: 'err', text: 'postgres: Error: Connection terminated unexpectedly' },
  {
    ago: 12_401,
    service: 'backend',
    kind: 'err',
    continues: true,
    text: '    at Connection.<anonymous> (/app/node_modules/pg/lib/client.js:136:73)',
  },
  { ago: 12_401, service: 'backend', kind: 'err', continues: true, text: '    at Socket.emit (node:events:519:28)' },
  patroni('patroni1', 11_980, 'WARNING: Request failed to patroni2: GET http://172.28.2.2:8008/patroni (timed out)'),
  etcd('etcd1', 9_300, 'warn', 'apply request took too long', {
    took: '214.53ms',
    'expected-duration': '100ms',
    prefix: 'read-only range ',
    request: 'key:"/service/paws/leader" ',
    response: 'range_response_count:0 size:7',
  }),
  etcd('etcd2', 9_120, 'info', 'lease expired', { 'lease-id': '694d8a2f1c0b7d11' }),
  patroni(
    'patroni3',
    8_200,
    'INFO: Got response from patroni1 http://172.28.2.1:8008/patroni: {"state": "running", "role": "replica"}',
  ),
  patroni('patroni1', 8_130, 'INFO: promoted self to leader by acquiring session lock'),
  postgres('patroni1', 8_100, 'LOG:  received promote request'),
  postgres(
    'patroni1',
    8_090,
    'LOG:  redo done at 0/5029D88 system usage: CPU: user: 0.01 s, system: 0.00 s, elapsed: 31.20 s',
  ),
  postgres('patroni1', 8_020, 'LOG:  selected new timeline ID: 8'),
  postgres('patroni1', 7_700, 'LOG:  database system is ready to accept connections'),
  { ago: 7_011, service: 'backend', text: 'postgres: writing to 172.28.2.1:5432' },
  postgres('patroni1', 5_500, 'ERROR:  duplicate key value violates unique constraint "orders_pkey"'),
  postgres('patroni1', 5_500, 'DETAIL:  Key (id)=(1204) already exists.', true),
  postgres('patroni1', 5_500, "STATEMENT:  INSERT INTO orders (id, item) VALUES (1204, 'cup')", true),
  redis('sentinel1', 4_800, '# +sdown slave 172.28.3.3:6379 172.28.3.3 6379 @ paws 172.28.3.1 6379'),
  redis('sentinel2', 4_790, '# +sdown slave 172.28.3.3:6379 172.28.3.3 6379 @ paws 172.28.3.1 6379'),
  redis('redis1', 4_100, '* Connection with replica 172.28.3.3:6379 lost.'),
  { ago: 3_300, service: 'patroni2', kind: 'note', text: 'restarted' },
  patroni('patroni2', 2_900, 'INFO: establishing a new patroni heartbeat connection to postgres'),
  { ago: 1_800, service: null, kind: 'note', text: 'marker 21:04:09' },
  patroni('patroni1', 1_100, 'INFO: no action. I am (patroni1), the leader with the lock'),
  patroni('patroni3', 940, 'INFO: no action. I am (patroni3), a secondary, and following a leader (patroni1)'),
];

/** What no terminal should be given as it is. */
export const nasty: readonly FakeLine[] = [
  {
    ago: 900,
    service: 'backend',
    text: '注文 1204 を受け付けました：在庫が足りません、倉庫に確認しています（東京・大阪・名古屋・福岡・札幌・仙台・広島・新潟）',
  },
  { ago: 890, service: 'backend', text: '👩‍👩‍👧‍👦 family 👍🏽 thumbs 🇩🇪 flag ❤️ heart é combining' },
  {
    ago: 880,
    service: 'backend',
    text: '\x1b[32m✓\x1b[39m tests \x1b[1;31mfailed\x1b[0m: \x1b[4m3 of 120\x1b[24m \x1b]0;title\x07done',
  },
  { ago: 870, service: 'backend', text: 'name\tvalue\tunit' },
  { ago: 860, service: 'backend', text: 'cup\t12\tpieces' },
  { ago: 850, service: 'backend', text: 'x'.repeat(65_536), cut: 983_040 },
  { ago: 840, service: 'backend', text: '\x1b[2J\x1b[H\x1b[?1049l\x1b[31m' },
  {
    ago: 830,
    service: 'backend',
    text: Buffer.from([0x62, 0x69, 0x6e, 0xff, 0xfe, 0x00, 0x07, 0x1b, 0x80, 0x0d, 0x41, 0xc3]),
  },
  { ago: 820, service: 'backend', text: '' },
  { ago: 810, service: 'backend', text: 'right \u202eto left\u202c and zero\u200bwidth' },
  {
    ago: 800,
    service: 'backend',
    text: '{"level":50,"time":1768511050200,"pid":1,"hostname":"backend","msg":"库存不足","order":{"id":1204,"items":["cup"]},"path":"/orders new"}',
  },
  { ago: 790, service: 'backend', text: '{"level":"debug","msg":"cache miss","key":"user:17"}' },
  { ago: 780, service: 'backend', text: '{"level":"error","msg":"broken' },
];
