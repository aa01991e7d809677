import { expect, test } from 'vitest';
import { entryTracker } from '../../source/logs/entries.ts';
import { atOnce, entriesOf, stamped } from './entries-fixture.ts';

/** Entries of more than one line: how many, how the first and the last begin. */
const long = (entries: readonly (readonly string[])[]) =>
  entries
    .filter((entry) => entry.length > 1)
    .map((entry) => [entry.length, entry[0]?.replace(/^[^a-z]* /, '').slice(0, 40), entry.at(-1)?.trim().slice(0, 40)]);

test('DETAIL, HINT, CONTEXT, QUERY and STATEMENT of PostgreSQL belong to their message, with all lines of a statement', () => {
  const entries = entriesOf(stamped('postgres'));
  expect(entries.filter((entry) => entry[0]?.includes(' ERROR:  ')).map((entry) => entry.length)).toEqual([
    3, 5, 8, 2, 4, 4,
  ]);
  expect(
    entries
      .map((entry) => entry[0] ?? '')
      .filter((line) => !/ (DEBUG|LOG|INFO|NOTICE|WARNING|ERROR|FATAL): {2}/.test(line)),
  ).toEqual([]);
  expect(entries.flat().length).toBe(stamped('postgres').length);
});

test('traces of Patroni belong to the line that they were logged with, also when one was raised while another was handled', () => {
  expect(long(entriesOf(stamped('patroni-traces')))).toMatchInlineSnapshot(`
    [
      [
        78,
        "",
        "etcd.EtcdConnectionFailed: No more machi",
      ],
      [
        16,
        "Exception when working with leader",
        "",
      ],
    ]
  `);
});

test('what Patroni and its PostgreSQL write between traces stays apart', () => {
  expect(long(entriesOf(stamped('patroni')))).toMatchInlineSnapshot(`
    [
      [
        25,
        "pg_controldata:",
        "",
      ],
      [
        2,
        "specified neither primary_conninfo nor r",
        "2026-11-23 21:03:02.121 UTC [27] HINT:  ",
      ],
      [
        2,
        "replication terminated by primary server",
        "2026-11-23 21:06:11.530 UTC [46] DETAIL:",
      ],
      [
        4,
        "could not send end-of-streaming message ",
        "no COPY in progress",
      ],
      [
        2,
        "could not connect to the primary server:",
        "Is the server running on that host and a",
      ],
      [
        33,
        "",
        "etcd.EtcdConnectionFailed: No more machi",
      ],
    ]
  `);
});

test.each(['redis', 'sentinel', 'etcd', 'backend'])('each line of %s is an entry', (name) => {
  expect(entriesOf(stamped(name)).every((entry) => entry.length === 1)).toBe(true);
});

test('a trace without a line that logged it is an entry of its own', () => {
  const text =
    'listening on 8080\nTraceback (most recent call last):\n  File "x.py", line 1\nValueError: no\nlistening again';
  expect(entriesOf(atOnce(text)).map((entry) => entry.length)).toEqual([1, 3, 1]);
});

test('frames, causes and the exception itself of Java belong to the line above', () => {
  const text = `2026-11-23 21:00:00,123 ERROR [main] Orders - could not save
java.lang.IllegalStateException: no connection
	at com.example.Orders.save(Orders.java:12)
Caused by: java.net.ConnectException: refused
	... 12 more
2026-11-23 21:00:00,124 INFO [main] Orders - next
com.example.Orders: started`;
  expect(entriesOf(atOnce(text)).map((entry) => entry.length)).toEqual([5, 1, 1]);
});

test('an error of Node with its frames and properties is one entry, and so is an object over many lines', () => {
  const text = `listening
Error: refused
    at connect (net.js:1:2) {
  code: 'ECONNREFUSED',
  [cause]: Error: deeper
      at below (net.js:3:4)
}
options {
  port: 8080
}
done`;
  expect(entriesOf(atOnce(text)).map((entry) => entry.length)).toEqual([1, 6, 3, 1]);
});

test('a panic of Go is one entry with its goroutines', () => {
  const text = `panic: boom

goroutine 1 [running]:
main.main()
	/app/main.go:5 +0x1d
created by main.start
	/app/main.go:9
{"level":"info","msg":"started"}`;
  expect(entriesOf(atOnce(text)).map((entry) => entry.length)).toEqual([7, 1]);
});

test('a line more than a second after the one before begins an entry, and the first one does', () => {
  const entryOf = entryTracker();
  const line = Buffer.from('  indented');
  const moments = [0, 900, 1800, 2801, 2802].map((ms) => ({ ms, ns: 0 }));
  expect(moments.map((at) => moments.indexOf(entryOf(line, at)))).toEqual([0, 0, 0, 3, 3]);
});

test('an entry has at most 10 000 lines', () => {
  const entryOf = entryTracker();
  const line = Buffer.from('\tat deep');
  const begun = Array.from({ length: 25_000 }, (_, index) => ({ ms: 0, ns: index }))
    .filter((at) => entryOf(line, at) === at)
    .map((at) => at.ns);
  expect(begun).toEqual([0, 10_000, 20_000]);
});
