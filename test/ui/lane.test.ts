import { expect, test } from 'vitest';
import { laneGroup, laneSpans } from '../../source/ui/parts/lane.ts';
import { lane } from '../screens/fake-drills.ts';

const text = (...[of, options]: Parameters<typeof laneSpans>) =>
  laneSpans(of, options)
    .map((part) => part.text)
    .join('');

test('each slice has its glyph, and the fault stands before the first slice after it', () => {
  expect(text(lane('aabfi a', 2), { columns: 8, injected: true, whole: false })).toBe('██│▄✖?·█');
});

test('the newest is at the right edge, and what does not fit is what is oldest', () => {
  expect(text(lane('af', 0), { columns: 5, injected: false, whole: false })).toBe('   █✖');
  expect(text(lane(`${'a'.repeat(20)}ff`, 18), { columns: 5, injected: true, whole: false })).toBe('│██✖✖');
  expect(text(lane(`${'a'.repeat(20)}ff`, 2), { columns: 5, injected: true, whole: false })).toBe('███✖✖');
});

test('before the fault there is no stroke', () => {
  expect(text(lane('aaa', 3), { columns: 3, injected: false, whole: false })).toBe('███');
  expect(text(lane('aaa', 3), { columns: 4, injected: true, whole: false })).toBe('███│');
});

test('the whole of a lane fits any width, and no glyph has moments from before and after the fault', () => {
  for (const columns of [4, 5, 10, 58, 116]) {
    for (const before of [1, 7, 8]) {
      const band = text(lane('a'.repeat(before) + 'f'.repeat(160), before), { columns, injected: true, whole: true });
      expect(band).toHaveLength(columns);
      expect(band).toMatch(/^█+│✖+ *$/);
    }
  }
  expect(laneGroup(lane('a'.repeat(116)), 116)).toBe(2);
  expect(laneGroup(lane('a'.repeat(115)), 116)).toBe(1);
});

test('a group of acknowledged and failed writes is neither', () => {
  expect(text(lane('aaffaa', 0), { columns: 4, injected: false, whole: true }).trim()).not.toMatch(/^█+$/);
});
