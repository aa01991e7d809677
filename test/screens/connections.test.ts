import { expect, test } from 'vitest';
import type { Connection, Connections } from '../../source/actions/console-types.ts';
import { StackError } from '../../source/stack/errors.ts';
import { openScreen } from './screen.ts';

const uri = (password: string) =>
  `postgresql://paws:${password}@127.0.0.1:5432,127.0.0.1:5433,127.0.0.1:5434/paws?target_session_attrs=read-write&connect_timeout=3`;
const spring = (password: string) =>
  [
    'spring.data.redis.sentinel.master=paws',
    'spring.data.redis.sentinel.nodes=127.0.0.1:26379,127.0.0.1:26380,127.0.0.1:26381',
    `spring.data.redis.password=${password}`,
  ].join('\n');

const known: readonly Connection[] = [
  {
    title: 'psql, libpq: writes',
    shown: uri('…'),
    secret: uri('s3cret'),
    note: 'Each connection is made anew to whoever leads then; after a change of the leader the old ones break.',
  },
  {
    title: 'Spring, by Sentinel',
    shown: spring('…'),
    secret: spring('s3cret'),
    note: 'The Sentinels name the master by its address in the stack’s network.',
  },
  {
    title: 'etcd',
    shown: 'ETCDCTL_ENDPOINTS=http://127.0.0.1:2379',
    secret: 'ETCDCTL_ENDPOINTS=http://127.0.0.1:2379',
    note: null,
  },
];

/** Strings that are known once they were asked for. */
function fake(fails = false): Connections {
  let list: readonly Connection[] = [];
  return {
    list: () => list,
    async refresh() {
      if (fails) throw new StackError('no-engine', 'no container engine answers');
      list = known;
    },
  };
}

const clipboard = (raw: string): string[] =>
  [...raw.matchAll(/\x1b\]52;c;([^\x07]*)\x07/g)].map(([, text]) => Buffer.from(text ?? '', 'base64').toString());

for (const [columns, rows] of [
  [120, 40],
  [80, 24],
  [60, 15],
] as const) {
  test(`connection strings, without a password, at ${columns}×${rows}`, async () => {
    const screen = await openScreen({ size: [columns, rows], connections: fake() });
    screen.type('o');
    await screen.until(/psql, libpq: writes/);
    screen.type('\x1b[B');
    const text = await screen.until(/spring\.data\.redis\.sentinel\.master=paws\s*\n/);
    expect(screen.raw()).not.toContain('s3cret');
    await expect(`${text}\n`).toMatchFileSnapshot(`connections-${columns}x${rows}.txt`);
  });
}

test('Enter and c copy the selected one with its password, which is said and not shown', async () => {
  const screen = await openScreen({ connections: fake() });
  screen.type('o');
  await screen.until(/psql, libpq: writes/);
  screen.type('\r');
  await screen.until(/copied psql, libpq: writes, with its password, to the terminal's clipboard/);
  screen.type('\x1b[B\x1b[B');
  await screen.until((text) => !text.includes('copied'));
  screen.type('c');
  await screen.until(/copied etcd to the terminal's clipboard/);
  expect(clipboard(screen.raw())).toEqual([uri('s3cret'), 'ETCDCTL_ENDPOINTS=http://127.0.0.1:2379']);
  expect(screen.raw()).not.toContain('s3cret');
  screen.type('o');
  await screen.until((text) => !text.includes('Connection strings'));
});

test('with --read-only they are there too; why they cannot be told is said', async () => {
  const screen = await openScreen({ connections: fake(true), readOnly: true });
  screen.type('o');
  expect(await screen.until(/no container engine answers/)).toMatch(/Connection strings/);
});

test('without an engine’s means there is no such key', async () => {
  const screen = await openScreen();
  const before = screen.text();
  screen.type('oz');
  await screen.until((text) => text !== before);
  expect(screen.text()).not.toMatch(/Connection strings/);
});
