import { expect, test } from 'vitest';
import { laneOf, tally } from '../../source/drills/tally.ts';
import type { Attempt } from '../../source/drills/types.ts';

type Told = Partial<Attempt> & { readonly id: string };

const attempt = (told: Told): Attempt => ({
  member: 'a',
  sentAt: (told.endedAt ?? 2) - 2,
  endedAt: null,
  outcome: 'acked',
  viaOld: false,
  why: null,
  ...told,
});

/** An acknowledgement every 50 ms in [from, to). */
const acks = (member: string, from: number, to: number, more: Partial<Attempt> = {}): Attempt[] =>
  Array.from({ length: Math.ceil((to - from) / 50) }, (_, index) => {
    const endedAt = from + 50 * index;
    return attempt({ id: `${member}${endedAt}`, member, endedAt, ...more });
  });

const ids = (attempts: readonly Attempt[]) => new Set(attempts.map(({ id }) => id));

test('a clean failover: the outage lies between the last and the next acknowledgement', () => {
  const attempts = [...acks('a', 0, 1000), ...acks('a', 1000, 3000, { outcome: 'failed' }), ...acks('b', 3020, 4000)];
  const read = ids(attempts.filter(({ outcome }) => outcome === 'acked'));
  const told = tally({ attempts, read, injectedAt: 980, from: 0, to: 4000 });
  expect(told).toMatchObject({ outageMs: 3020 - 950, writableAt: 3020, twoPrimariesMs: 0, lost: [] });
  expect(told.writes).toMatchObject({ attempted: 80, acked: 40, failed: 40, lost: 0, unexpected: 0, recovered: 0 });
});

test('where writes stop and go on all the time they are back with the first one, unless the last gap never ends', () => {
  const attempts = [...acks('a', 0, 1000), ...acks('a', 1100, 3000), ...acks('a', 6000, 7000)];
  const told = { attempts, read: ids(attempts), injectedAt: 1020, from: 0 };
  expect(tally({ ...told, to: 7000, fitful: true })).toMatchObject({ outageMs: 6000 - 2950, writableAt: 1100 });
  expect(tally({ ...told, to: 7000 })).toMatchObject({ outageMs: 6000 - 2950, writableAt: 6000 });
  expect(tally({ ...told, to: 17_000, fitful: true })).toMatchObject({ outageMs: 17_000 - 6950, writableAt: null });
});

test('without a final read nothing is said to be lost or not lost', () => {
  const attempts = [...acks('a', 0, 1000), ...acks('b', 3000, 4000)];
  const told = tally({ attempts, read: null, injectedAt: 980, from: 0, to: 4000 });
  expect(told).toMatchObject({ outageMs: null, writableAt: 3000, lost: [] });
  expect(told.writes).toMatchObject({ lost: null, unexpected: null, recovered: null, acked: 40 });
});

test('acknowledgements that did not last are loss, not availability', () => {
  const kept = [...acks('a', 0, 1000), ...acks('b', 5000, 6000)];
  const zombie = acks('a', 1000, 5000, { viaOld: true });
  const told = tally({ attempts: [...kept, ...zombie], read: ids(kept), injectedAt: 990, from: 0, to: 6000 });
  expect(told).toMatchObject({ outageMs: 5000 - 950, writableAt: 5000 });
  expect(told.writes.lost).toBe(80);
  expect(told.lost).toHaveLength(80);
  expect(told.lost[0]).toEqual({ id: 'a1000', member: 'a', ackedAt: 1000 });
  expect(told.writes.viaOldPrimary).toEqual({ attempted: 80, acked: 80, failed: 0, indeterminate: 0 });
});

test('two masters side by side last from the first of the new to the last of the old', () => {
  const old = acks('a', 0, 5000);
  const fresh = acks('b', 2020, 8000);
  const told = tally({ attempts: [...old, ...fresh], read: ids(fresh), injectedAt: 2000, from: 0, to: 8000 });
  expect(told.twoPrimariesMs).toBe(4950 - 2020);
  expect(told.writes.lost).toBe(old.length);
});

test('a handover and a handover back are no two primaries', () => {
  const attempts = [...acks('a', 0, 1000), ...acks('b', 2000, 3000), ...acks('a', 4000, 5000, {})];
  expect(tally({ attempts, read: ids(attempts), injectedAt: 990, from: 0, to: 5000 }).twoPrimariesMs).toBe(0);
});

test('where every member takes writes there are no two primaries', () => {
  const attempts = ['a', 'b', 'c'].flatMap((member) => acks(member, 0, 3000));
  expect(tally({ attempts, read: ids(attempts), injectedAt: 1000, from: 0, to: 3000 }).twoPrimariesMs).toBe(0);
});

test('a zombie acknowledgement after the new primary writes shows two primaries', () => {
  const zombie = attempt({ id: 'z', member: 'a', sentAt: 1000, endedAt: 4010, viaOld: true });
  const kept = [...acks('a', 0, 1000), ...acks('b', 3000, 5000)];
  const told = tally({ attempts: [...kept, zombie], read: ids(kept), injectedAt: 990, from: 0, to: 5000 });
  expect(told.twoPrimariesMs).toBe(1010);
  expect(told.lost).toEqual([{ id: 'z', member: 'a', ackedAt: 4010 }]);
  expect(told.writes.viaOldPrimary).toMatchObject({ attempted: 1, acked: 1 });
});

test('writes that never come back: the outage lasts until writing ended, and nobody is writable', () => {
  const attempts = acks('a', 0, 1000);
  const told = tally({ attempts, read: ids(attempts), injectedAt: 990, from: 0, to: 9000 });
  expect(told).toMatchObject({ outageMs: 8050, writableAt: null });
});

test('nothing survived: no outage can be told', () => {
  const attempts = acks('a', 0, 1000);
  const told = tally({ attempts, read: new Set(), injectedAt: 990, from: 0, to: 2000 });
  expect(told).toMatchObject({ outageMs: null, writableAt: null });
  expect(told.writes.lost).toBe(20);
});

test('writes that go on: writable is the next acknowledgement', () => {
  const attempts = acks('a', 0, 3000);
  const told = tally({ attempts, read: ids(attempts), injectedAt: 1010, from: 0, to: 3000 });
  expect(told).toMatchObject({ outageMs: 50, writableAt: 1050 });
});

test('a gap from before the injection is none of its doing', () => {
  const attempts = [...acks('a', 0, 500), ...acks('a', 1500, 3000)];
  expect(tally({ attempts, read: ids(attempts), injectedAt: 2000, from: 0, to: 3000 }).outageMs).toBe(50);
});

test('an old primary that acknowledges once more after the injection does not end the outage', () => {
  const attempts = [...acks('a', 0, 1060), ...acks('b', 4000, 5000)];
  const told = tally({ attempts, read: ids(attempts), injectedAt: 1010, from: 0, to: 5000 });
  expect(told).toMatchObject({ outageMs: 4000 - 1050, writableAt: 4000 });
});

test('what was indeterminate and is there is recovered; what nobody wrote, or what had failed, is unexpected', () => {
  const attempts = [
    attempt({ id: 'kept', endedAt: 10 }),
    attempt({ id: 'maybe', endedAt: 20, outcome: 'indeterminate' }),
    attempt({ id: 'gone', endedAt: 20, outcome: 'indeterminate' }),
    attempt({ id: 'under way', endedAt: null, outcome: null, sentAt: 30 }),
    attempt({ id: 'refused', endedAt: 40, outcome: 'failed' }),
  ];
  const read = new Set(['kept', 'maybe', 'under way', 'refused', 'stranger']);
  const { writes } = tally({ attempts, read, injectedAt: 5, from: 0, to: 50 });
  expect(writes).toMatchObject({ attempted: 5, acked: 1, failed: 1, indeterminate: 3 });
  expect(writes).toMatchObject({ lost: 0, recovered: 2, unexpected: 2 });
});

test('every attempt is in one class, and lost and kept make up the acknowledged, whatever the history', () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  for (let history = 0; history < 200; history += 1) {
    const attempts = Array.from({ length: random(60) }, (_, index) => {
      const outcome = ([null, 'acked', 'failed', 'indeterminate'] as const)[random(4)] ?? null;
      const sentAt = random(5000);
      const endedAt = outcome === null ? null : sentAt + random(1000);
      return attempt({ id: `w${index}`, member: `m${random(3)}`, sentAt, endedAt, outcome, viaOld: random(4) === 0 });
    });
    const read = new Set(attempts.filter(() => random(2) === 0).map(({ id }) => id));
    const told = tally({ attempts, read, injectedAt: random(5000), from: 0, to: 6000 });
    const { attempted, acked, failed, indeterminate, lost } = told.writes;
    expect(acked + failed + indeterminate).toBe(attempted);
    expect(lost).toBe(attempts.filter(({ id, outcome }) => outcome === 'acked' && !read.has(id)).length);
    expect(told.lost.every(({ id }) => !read.has(id))).toBe(true);
    expect(told.outageMs ?? 0).toBeGreaterThanOrEqual(0);
    expect(told.twoPrimariesMs).toBeGreaterThanOrEqual(0);
    const lane = laneOf(
      attempts.map((one) => ({ ...one, viaOld: false })),
      { from: 0, sliceMs: 250, injectedAt: 0 },
    );
    expect(lane.acked.reduce((sum, count) => sum + count, 0)).toBe(acked);
    expect(lane.failed.reduce((sum, count) => sum + count, 0)).toBe(failed);
    expect(new Set([lane.acked.length, lane.failed.length, lane.indeterminate.length]).size).toBe(1);
  }
});

test('a lane has an acknowledgement where it came, the others where they were sent', () => {
  const attempts = [
    attempt({ id: '1', sentAt: 90, endedAt: 110 }),
    attempt({ id: '2', sentAt: 95, endedAt: 1095, outcome: 'indeterminate' }),
    attempt({ id: '3', sentAt: 390, endedAt: 391, outcome: 'failed' }),
    attempt({ id: '4', sentAt: 395, outcome: null }),
  ];
  expect(laneOf(attempts, { from: 0, sliceMs: 100, injectedAt: 250 })).toEqual({
    sliceMs: 100,
    fromMs: -250,
    acked: [0, 1, 0, 0],
    failed: [0, 0, 0, 1],
    indeterminate: [1, 0, 0, 0],
  });
});

test('a lane reaches to its end, whatever happened', () => {
  const lane = laneOf([attempt({ id: '1', endedAt: 50 })], { from: 0, to: 350, sliceMs: 100, injectedAt: 40 });
  expect(lane).toMatchObject({ acked: [1, 0, 0, 0], failed: [0, 0, 0, 0], indeterminate: [0, 0, 0, 0] });
});

test('once another member acknowledges, what still goes to the old primary is left out of the lane', () => {
  const attempts = [
    ...acks('a', 0, 100),
    attempt({ id: 'x', sentAt: 150, endedAt: 150, outcome: 'failed', viaOld: true }),
    ...acks('b', 200, 300),
    attempt({ id: 'y', sentAt: 240, endedAt: 241, outcome: 'failed', viaOld: true }),
  ];
  const lane = laneOf(attempts, { from: 0, sliceMs: 100, injectedAt: 90 });
  expect(lane).toMatchObject({ acked: [2, 0, 2], failed: [0, 1, 0] });
});
