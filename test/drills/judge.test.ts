import { expect, test } from 'vitest';
import { type Evidence, judge, type Measurement } from '../../source/drills/judge.ts';

/** A killed leader, replaced in time, nothing lost. */
const good: Measurement = {
  system: 'patroni',
  expects: { targetMs: 60_000, change: 'new-leader', loss: 'none', outage: 'expected' },
  predicted: { minMs: 18_000, maxMs: 24_000, boundMs: 24_000, why: 'the lease' },
  phases: { detectedMs: 18_900, electedMs: 19_300, writableMs: 20_648, redundantMs: 27_400 },
  outageMs: 20_700,
  twoPrimariesMs: 0,
  leaderBefore: 'patroni2',
  leaderAfter: 'patroni3',
  writes: { acked: 620, lost: 0, unexpected: 0, durability: 'synchronous' },
  survivedMs: [-2_000, -52, 20_648, 20_700],
  stopsByMs: 0,
  fitful: false,
  full: false,
};
const evidence = (one: Partial<Measurement> = {}, run: Partial<Evidence> = {}): Evidence => ({
  missing: [],
  stopped: false,
  meddled: false,
  healed: true,
  healingMs: 21_700,
  systems: [{ ...good, ...one }],
  ...run,
});
const expects = (change: Partial<Measurement['expects']>) => ({ expects: { ...good.expects, ...change } });
const wrote = (change: Partial<Measurement['writes']>) => ({ writes: { ...good.writes, ...change } });
const times = (writableMs: number | null) => ({ phases: { ...good.phases, writableMs } });

test('a recovery in time, as predicted and without loss passes, and the sentence has the figures', () => {
  expect(judge(evidence())).toEqual({
    verdict: 'passed',
    why: 'patroni writable after 20.6 s (target 60 s, predicted 18–24 s), no acknowledged write lost.',
    systems: [{ system: 'patroni', failures: [], asPredicted: true }],
  });
});

test.each<[string, Evidence, string]>([
  ['after the target', evidence(times(61_200)), 'patroni writable 61.2 s after the fault, target 60 s'],
  ['never', evidence(times(null)), 'patroni did not become writable again'],
  [
    'with the old leader where a new one was expected',
    evidence({ leaderAfter: 'patroni2' }),
    'patroni: a new leader was expected, but patroni2 leads as before',
  ],
  [
    'with a new leader where the old one was to stay',
    evidence(expects({ change: 'same-leader' })),
    'patroni: patroni2 was expected to stay leader, but patroni3 leads',
  ],
  [
    'with a loss where none is promised',
    evidence(wrote({ lost: 3 })),
    'patroni: 3 of 620 acknowledged writes lost (synchronous)',
  ],
  ['with ids nobody wrote', evidence(wrote({ unexpected: 1 })), 'patroni: 1 id read back that nobody ever wrote'],
  [
    'with an outage where writes were to go on',
    evidence({
      ...expects({ outage: 'none' }),
      predicted: { minMs: 0, maxMs: 0, boundMs: 0, why: '' },
      outageMs: 1_400,
    }),
    'patroni: writes were to go on, but stopped for 1.4 s (at most 1 s)',
  ],
])('a system that comes back %s fails', (_, input, failure) => {
  const { verdict, why, systems } = judge(input);
  expect({ verdict, why, failures: systems[0]?.failures }).toEqual({
    verdict: 'failed',
    why: `${failure}.`,
    failures: [failure],
  });
});

test('what is not healed has failed, whatever was measured', () => {
  expect(judge(evidence({}, { healed: false }))).toMatchObject({ verdict: 'failed', why: 'Not everything is healed.' });
});

test('unexpected ids fail even where losses are as configured', () => {
  expect(judge(evidence({ ...expects({ loss: 'as-configured' }), ...wrote({ unexpected: 2 }) })).verdict).toBe(
    'failed',
  );
});

test('a loss that the configuration allows passes, and the number and the durability are said', () => {
  const { verdict, why } = judge(
    evidence({
      ...expects({ loss: 'as-configured' }),
      ...wrote({ acked: 919, lost: 187, durability: 'asynchronous' }),
      twoPrimariesMs: 9_588,
    }),
  );
  expect(verdict).toBe('passed');
  expect(why).toContain('two members took writes for 9.6 s, 187 of 919 acknowledged writes lost (asynchronous)');
});

test.each([27_118, 12_000])('%i ms, outside the prediction, is no failure, but it is said', (writableMs) => {
  const { verdict, why, systems } = judge(evidence(times(writableMs)));
  expect({ verdict, inside: systems[0]?.asPredicted }).toEqual({ verdict: 'passed', inside: false });
  expect(why).toContain(
    `patroni writable after ${(writableMs / 1000).toFixed(1)} s, predicted 18–24 s: either the stack or the model is wrong; `,
  );
});

test('where writes were to go on, a second late is as predicted, and more is not', () => {
  const goesOn = { predicted: { minMs: 0, maxMs: 0, boundMs: 0, why: '' }, ...expects({ change: 'either' }) };
  expect(judge(evidence({ ...goesOn, outageMs: 196 }))).toMatchObject({
    why: 'patroni: writes went on (longest gap 196 ms), no acknowledged write lost.',
    systems: [{ asPredicted: true }],
  });
  expect(judge(evidence({ ...goesOn, outageMs: 4_000 }))).toMatchObject({
    verdict: 'passed',
    why: expect.stringContaining(
      'was to go on taking writes, but they stopped for 4.0 s: either the stack or the model',
    ),
    systems: [{ asPredicted: false }],
  });
});

test.each([
  [3_199, true, 'writes stopped for 3.2 s at most, predicted up to 4 s, no'],
  [4_800, false, 'writes stopped for 4.8 s at most, predicted up to 4 s: either the stack or the model is wrong; no'],
])(
  'where writes stop and go on all the time, the longest gap of %i ms is what was predicted',
  (outageMs, inside, said) => {
    const lossy = {
      ...expects({ change: 'same-leader' }),
      predicted: { minMs: 0, maxMs: 4_000, boundMs: 3_000, why: '' },
      leaderAfter: 'patroni2',
      fitful: true,
      outageMs,
    };
    const { verdict, why, systems } = judge(evidence({ ...lossy, ...times(20) }));
    expect({ verdict, inside: systems[0]?.asPredicted }).toEqual({ verdict: 'passed', inside });
    expect(why).toBe(`patroni: ${said} acknowledged write lost.`);
    expect(judge(evidence({ ...lossy, ...times(20), outageMs: 61_000 })).systems[0]?.failures).toEqual([
      'patroni: writes stopped for 61.0 s, target 60 s',
    ]);
  },
);

const quorum = {
  ...expects({ outage: 'until-healed', change: 'either', targetMs: 20_000 }),
  predicted: { minMs: 15_000, maxMs: 22_000, boundMs: 22_000, why: '' },
  stopsByMs: 2_000,
};
test('what is to be out until it is healed passes when it was, and its target counts from the healing', () => {
  const run = { ...quorum, ...times(36_200), survivedMs: [-50, 900, 36_200] };
  const outside = judge(evidence(run, { healingMs: 15_000 }));
  expect(outside.systems[0]?.failures).toEqual(['patroni writable 21.2 s after the healing, target 20 s']);
  const { verdict, why } = judge(evidence({ ...run, ...times(16_200) }, { healingMs: 15_000 }));
  expect({ verdict, why }).toEqual({
    verdict: 'passed',
    why: 'patroni took no writes until it was healed, as expected, and was writable 1.2 s after that, no acknowledged write lost.',
  });
});

test('a write that lasted before the healing is the outage that did not come about', () => {
  const { verdict, why } = judge(
    evidence({ ...quorum, survivedMs: [-50, 900, 3_100, 3_200, 15_000] }, { healingMs: 14_000 }),
  );
  expect({ verdict, why }).toMatchObject({
    verdict: 'failed',
    why: expect.stringContaining('no write was to last before the healing, but 2 did, the first 3.1 s after the fault'),
  });
});

test.each<[string, Evidence, string]>([
  [
    'nobody could read back',
    evidence({ ...wrote({ lost: null, unexpected: null }), ...times(null) }),
    'nobody could read back',
  ],
  ['nothing was written before the fault', evidence({ survivedMs: [20_648] }), 'no write from before the fault'],
  ['nobody knows who leads', evidence({ leaderAfter: null }), 'who led afterwards is not known'],
  ['it was stopped', evidence(times(null), { stopped: true }), 'It was stopped before its end'],
  ['the ledger was full', evidence({ full: true, ...times(null) }), 'the ledger was full before the end'],
  [
    'somebody else healed it',
    evidence({ leaderAfter: 'patroni2' }, { meddled: true }),
    'Somebody else undid the fault while it was measured',
  ],
  [
    'it was healed too early to show',
    evidence({ ...quorum, ...times(1_500) }, { healingMs: 1_000 }),
    'healed before writes were bound',
  ],
  ['nothing was measured', evidence({}, { systems: [] }), 'Nothing was measured'],
])('when %s, nothing is proved', (_, input, said) => {
  const { verdict, why } = judge(input);
  expect({ verdict, why }).toEqual({ verdict: 'inconclusive', why: expect.stringContaining(said) });
});

test('a certain failure outweighs what is not known, and both are said', () => {
  const { verdict, why } = judge(evidence({ ...wrote({ lost: null, unexpected: null }), ...times(70_000) }));
  expect(verdict).toBe('failed');
  expect(why).toMatch(/^patroni writable 70\.0 s after the fault, target 60 s\. .*nobody could read back/);
});

test('what stood in the way of a run is its reason', () => {
  expect(judge(evidence({}, { missing: ['etcd3 is missing', 'Sentinel is in TILT.'] }))).toEqual({
    verdict: 'not-run',
    why: 'etcd3 is missing. Sentinel is in TILT.',
    systems: [],
  });
});
