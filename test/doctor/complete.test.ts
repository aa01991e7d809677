import { expect, test } from 'vitest';
import { checks } from '../../source/doctor/checks.ts';
import { cases } from './ailments.ts';
import { machineAilments } from './machine-ailments.ts';

test('every check that the doctor makes is shown an ailment, in one of the two tables', () => {
  const shown = [...cases.map(({ id }) => id), ...machineAilments.map(({ check }) => check)];
  expect(new Set(shown)).toEqual(new Set(checks.map(({ id }) => id)));
});
