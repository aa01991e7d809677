import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepLedger } from '../../source/drills/ledger.ts';
import type { Ledger } from '../../source/drills/types.ts';
import { accessTo } from '../probes/fake-server.ts';
import { acked, type FakeMember, fakeMember, fakeStore, never } from './fake-store.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function ledgerOf(members: Readonly<Record<string, FakeMember>>, { spread = false, most = 1000 } = {}): Ledger {
  const names = Object.keys(members);
  const access = names.map((name) => {
    const way = accessTo(1);
    return { ...way, member: { ...way.member, name } };
  });
  const options = { access, run: 'r1', perSecond: 20, deadlineMs: 300, most };
  return keepLedger(fakeStore(members, spread), options);
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
/** Stops it, while its time goes on. */
async function ended(ledger: Ledger): Promise<void> {
  const stopped = ledger.stop();
  await pass(300);
  await stopped;
}
const outcomesOf = (ledger: Ledger, member: string) =>
  ledger
    .attempts()
    .filter((attempt) => attempt.member === member)
    .map(({ outcome }) => outcome);
const readOnly = { outcome: 'failed', why: 'READONLY', readOnly: true } as const;

test('the member that takes writes gets one at each tick, the others none', async () => {
  const members = { a: fakeMember(true), b: fakeMember(false) };
  const ledger = ledgerOf(members);
  const ended: string[] = [];
  ledger.onEnd(({ id }) => ended.push(id));
  ledger.start();
  await pass(999);
  await ledger.stop();
  expect(ledger.counts()).toEqual({ attempted: 20, acked: 20, failed: 0, indeterminate: 0 });
  expect(members.b.got).toEqual([]);
  expect(new Set(ledger.attempts().map(({ id }) => id)).size).toBe(20);
  expect(ended).toEqual(ledger.attempts().map(({ id }) => id));
  await pass(1000);
  expect(ledger.counts().attempted).toBe(20);
});

test('an attempt is noted before it is sent', async () => {
  let noted: unknown;
  const a = fakeMember(true, (id) => {
    noted ??= ledger.attempts().find((attempt) => attempt.id === id && attempt.outcome === null);
    return acked;
  });
  const ledger = ledgerOf({ a });
  ledger.start();
  await pass(60);
  expect(noted).toMatchObject({ id: 'r1-1', member: 'a' });
  await ledger.stop();
});

test('a new primary is written to within two ticks', async () => {
  const members = { a: fakeMember(true), b: fakeMember(false) };
  const ledger = ledgerOf(members);
  ledger.start();
  await pass(475);
  members.a.claims = new Error('ECONNREFUSED');
  members.a.connections[0]?.kill();
  await pass(1000);
  expect(members.b.got).toEqual([]);
  members.b.claims = true;
  await pass(100);
  expect(members.b.got.length).toBeGreaterThan(0);
  await ledger.stop();
});

test('a dead primary fails for sure until another acknowledges, and is no longer attempted then', async () => {
  const members = { a: fakeMember(true), b: fakeMember(false) };
  const ledger = ledgerOf(members);
  ledger.start();
  await pass(475);
  members.a.claims = new Error('ECONNREFUSED');
  members.a.connections[0]?.kill();
  await pass(500);
  expect(outcomesOf(ledger, 'a').slice(-10)).toEqual(Array(10).fill('failed'));
  expect(ledger.attempts().at(-1)?.why).toBe('not sent: ECONNREFUSED');
  members.b.claims = true;
  await pass(500);
  const before = outcomesOf(ledger, 'a').length;
  await pass(1000);
  expect(outcomesOf(ledger, 'a')).toHaveLength(before);
  expect(outcomesOf(ledger, 'b').length).toBeGreaterThan(20);
  await ledger.stop();
});

test('no answer within the deadline is indeterminate, and its connection is not used again', async () => {
  const a = fakeMember(true);
  const ledger = ledgerOf({ a });
  ledger.start();
  await pass(10);
  a.answers = never;
  await pass(300);
  expect(outcomesOf(ledger, 'a')).toEqual(['acked', null]);
  await pass(90);
  expect(outcomesOf(ledger, 'a').slice(0, 2)).toEqual(['acked', 'indeterminate']);
  expect(a.connections[0]?.dead).toBe(true);
  a.answers = () => acked;
  await pass(600);
  expect(outcomesOf(ledger, 'a').at(-1)).toBe('acked');
  await ledger.stop();
});

test('an answer after the deadline changes nothing', async () => {
  let answer: (value: typeof acked) => void = () => undefined;
  const a = fakeMember(true, () => new Promise((resolve) => (answer = resolve)));
  const ledger = ledgerOf({ a }, { most: 1 });
  ledger.start();
  await pass(400);
  answer(acked);
  await pass(50);
  expect(ledger.counts()).toEqual({ attempted: 1, acked: 0, failed: 0, indeterminate: 1 });
  await ledger.stop();
});

test('a primary that hangs before anything was sent fails for sure', async () => {
  const a = fakeMember(true);
  const ledger = ledgerOf({ a });
  ledger.start();
  await pass(75);
  a.connections[0]?.kill();
  a.claims = 'hangs';
  await pass(1000);
  expect(outcomesOf(ledger, 'a').slice(2, 4)).toEqual(['failed', 'failed']);
  expect(a.got).toHaveLength(2);
  await ended(ledger);
});

test('a tick is skipped while an attempt is under way, and none is made up for', async () => {
  const a = fakeMember(true, () => new Promise((resolve) => setTimeout(() => resolve(acked), 120)));
  const ledger = ledgerOf({ a });
  ledger.start();
  await pass(990);
  expect(ledger.attempts().length).toBeLessThanOrEqual(7);
  const times = ledger.attempts().map(({ sentAt }) => sentAt);
  for (const [index, at] of times.slice(1).entries()) expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(120);
  await ended(ledger);
});

test('a stalled process catches up with nothing', async () => {
  const a = fakeMember(true);
  const ledger = ledgerOf({ a });
  ledger.start();
  await pass(500);
  const before = ledger.counts().attempted;
  vi.setSystemTime(Date.now() + 5000);
  const now = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => now + 5000);
  await pass(60);
  vi.mocked(performance.now).mockRestore();
  expect(ledger.counts().attempted - before).toBeLessThanOrEqual(2);
  await ledger.stop();
});

test('a refusal that says read-only is believed: from then on it is only asked', async () => {
  const a = fakeMember(true);
  const ledger = ledgerOf({ a });
  ledger.start();
  await pass(120);
  a.answers = () => readOnly;
  a.claims = false;
  await pass(500);
  expect(outcomesOf(ledger, 'a').filter((outcome) => outcome === 'failed')).toHaveLength(1);
  expect(a.connections.filter(({ dead }) => !dead).length).toBeGreaterThan(0);
  await ledger.stop();
});

test('two members that both claim to be primary are both written to', async () => {
  const members = { a: fakeMember(true), b: fakeMember(true) };
  const ledger = ledgerOf(members);
  ledger.start();
  await pass(999);
  expect(members.a.got).toHaveLength(20);
  expect(members.b.got).toHaveLength(20);
  await ledger.stop();
});

test('an old primary is written to whatever it claims, patiently too, over a connection from before', async () => {
  const a = fakeMember(true);
  const ledger = ledgerOf({ a });
  ledger.start();
  await pass(475);
  const before = a.connections.length;
  ledger.insist('a');
  let release: (value: typeof acked) => void = () => undefined;
  const frozen = new Promise<typeof acked>((resolve) => (release = resolve));
  a.answers = () => frozen;
  await pass(20_000);
  const patient = ledger.attempts().filter(({ outcome, viaOld }) => viaOld && outcome === null && viaOld);
  expect(patient.map(({ sentAt }) => Math.round((performance.now() - sentAt) / 1000))).toContain(20);
  const held = a.got.find(({ id }) => id === patient[0]?.id);
  expect(held?.connection).toBeLessThan(before);
  a.answers = () => acked;
  release(acked);
  await pass(10);
  expect(patient[0]).toMatchObject({ outcome: 'acked', viaOld: true });
  await ledger.stop();
});

test('an old primary that is now a replica is still attempted', async () => {
  const members = { a: fakeMember(true), b: fakeMember(false) };
  const ledger = ledgerOf(members);
  ledger.start();
  await pass(475);
  ledger.insist('a');
  members.a.answers = () => readOnly;
  members.a.claims = false;
  members.b.claims = true;
  await pass(1000);
  const via = ledger.attempts().filter(({ viaOld, outcome }) => viaOld && outcome === 'failed');
  expect(via.length).toBeGreaterThan(15);
  expect(
    ledger
      .attempts()
      .filter(({ member }) => member === 'b')
      .every(({ viaOld }) => !viaOld),
  ).toBe(true);
  await ledger.stop();
});

test('a primary that leaves every write hanging is not given one server process after the other', async () => {
  const a = fakeMember(true, never);
  const ledger = ledgerOf({ a });
  ledger.start();
  await pass(60_000);
  expect(a.got.length).toBeGreaterThan(20);
  expect(a.got.length).toBeLessThan(50);
  await ledger.stop();
});

test('stopping gives what is under way its deadline, patient ones too, and then it is indeterminate', async () => {
  const a = fakeMember(true);
  const ledger = ledgerOf({ a });
  ledger.start();
  await pass(75);
  ledger.insist('a');
  a.answers = never;
  await pass(50);
  const begun = performance.now();
  const stopped = ledger.stop();
  await pass(301);
  await stopped;
  expect(performance.now() - begun).toBeLessThanOrEqual(301);
  expect(ledger.attempts().filter(({ outcome }) => outcome === null)).toEqual([]);
  expect(ledger.counts()).toMatchObject({ acked: 2, failed: 0, indeterminate: 2 });
  ledger.close();
  expect(a.connections.every(({ dead }) => dead)).toBe(true);
});

test('it stops by itself at the most that are kept', async () => {
  const a = fakeMember(true);
  const ledger = ledgerOf({ a }, { most: 7 });
  ledger.start();
  await pass(2000);
  expect(ledger.attempts()).toHaveLength(7);
  expect(vi.getTimerCount()).toBe(0);
});

test('where any member takes writes for all, they share the rate', async () => {
  const members = { a: fakeMember(true), b: fakeMember(true), c: fakeMember(true) };
  const ledger = ledgerOf(members, { spread: true });
  ledger.start();
  await pass(3049);
  expect(ledger.counts()).toMatchObject({ attempted: 60, acked: 60 });
  expect([members.a, members.b, members.c].map(({ got }) => got.length)).toEqual([20, 20, 20]);
  await ledger.stop();
});

test('where members share the rate, a dead one costs no tick and is taken up again when it is back', async () => {
  const members = { a: fakeMember(true), b: fakeMember(true), c: fakeMember(true) };
  const ledger = ledgerOf(members, { spread: true });
  ledger.start();
  await pass(1010);
  members.b.claims = new Error('ECONNREFUSED');
  members.b.connections.at(-1)?.kill();
  await pass(3000);
  const { acked: sum, failed } = ledger.counts();
  expect(failed).toBeLessThanOrEqual(1);
  expect(sum).toBeGreaterThanOrEqual(77);
  members.b.claims = true;
  const before = members.b.got.length;
  await pass(500);
  expect(members.b.got.length).toBeGreaterThan(before);
  await ledger.stop();
});
