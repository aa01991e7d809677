import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { profileActions } from '../../source/actions/profile-actions.ts';
import { parseComposeFile } from '../../source/engine/compose-file.ts';
import { having, healthySnapshot, stopped } from '../helpers/snapshots.ts';
import { seeing } from './fake-means.ts';

const file = parseComposeFile(readFileSync(join(import.meta.dirname, '../../compose/compose.yaml'), 'utf8'), {});
const actions = file === null ? [] : profileActions(file);
const stack = { name: 'paws', system: null, member: null, container: null };
const reasonFor = (id: string, seen: ReturnType<typeof seeing>) =>
  actions.find((action) => action.id === id)?.unavailable(stack, seen);

test('there is an action for each profile of the file, and each asks before it disrupts', () => {
  expect(actions.map(({ id }) => id)).toEqual(['profile.minimal', 'profile.backend', 'profile.full']);
  expect(new Set(actions.map(({ scope, danger }) => `${scope} ${danger}`))).toEqual(new Set(['profile disrupts']));
  expect(actions[0]?.does).toBe(
    'Moves to 5 services: leadership first, then what comes and goes, without losing a write.',
  );
});

test('the active profile is not offered, unless some of it is missing', () => {
  const whole = seeing(healthySnapshot());
  expect(reasonFor('profile.full', whole)).toBe('it is the active one');
  expect(reasonFor('profile.minimal', whole)).toBeNull();
  expect(reasonFor('profile.full', seeing(having(healthySnapshot(), stopped('redis2'))))).toBeNull();
  expect(reasonFor('profile.minimal', seeing(healthySnapshot({ profile: 'minimal' })))).toBe('it is the active one');
});

test('none is offered where nothing runs: who may lead is for a start to find out', () => {
  const { containers, ...rest } = healthySnapshot();
  const asleep = seeing({ ...rest, containers: containers.map((one) => ({ ...one, state: 'paused' as const })) });
  expect(reasonFor('profile.minimal', asleep)).toBe('nothing runs: start or resume the stack first');
});
