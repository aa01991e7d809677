import { expect, test } from 'vitest';
import type { ProfilePlan } from '../../source/actions/profile-types.ts';
import { profileText } from '../../source/commands/profile-text.ts';

const plain = { color: false, ascii: false, width: 60 };
const plan: ProfilePlan = {
  from: 'full',
  to: 'minimal',
  steps: [
    {
      kind: 'patroni-switchover',
      names: ['patroni1', 'patroni3'],
      text: 'patroni1 takes over from patroni3',
      literal: 'POST /switchover {"leader":"patroni3","candidate":"patroni1"}',
    },
    { kind: 'await', names: [], text: 'waits until the profile "minimal" is whole: verdict ok', literal: '' },
  ],
  memory: { needsBytes: 0, freesBytes: 2 ** 27, measured: true, availableBytes: 2 ** 32 },
  moves: [{ system: 'patroni', from: 'patroni3', to: 'patroni1' }],
  effects: ['writes to Postgres fail for about 2 s, which is as long as a switchover takes'],
  unknown: [],
  missing: [],
};

test('a plan tells what comes of it, and each step with its request in one piece', () => {
  expect(profileText(plan, plain)).toBe(`full → minimal
  - writes to Postgres fail for about 2 s, which is as long
    as a switchover takes
  - memory: frees 128M; this machine has 4.0G left
steps
  1. patroni1 takes over from patroni3
       POST /switchover {"leader":"patroni3","candidate":"patroni1"}
  2. waits until the profile "minimal" is whole: verdict ok
`);
});

test('what stands in the way comes last', () => {
  const text = profileText({ ...plan, missing: ['redis2 is paused: resume it first'] }, plain);
  expect(text.trimEnd().split('\n').slice(-2)).toEqual(['not now', '  - redis2 is paused: resume it first']);
});

test('where there is nothing to do, that is said', () => {
  const text = profileText({ ...plan, from: 'minimal', steps: [], effects: [] }, plain);
  expect(text.split('\n')[0]).toBe('minimal is whole: nothing to do');
});

test('needs that were not measured are told as the limits they are', () => {
  const memory = { needsBytes: 2 ** 30, freesBytes: 0, measured: false, availableBytes: null };
  expect(profileText({ ...plan, memory }, plain)).toContain('memory: needs 1.0G at most\n');
});
