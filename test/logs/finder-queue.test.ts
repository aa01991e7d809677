import { expect, test } from 'vitest';
import { createSlotQueue } from '../../source/logs/finder-queue.ts';

const all = () => true;
const slots = (...numbers: number[]) => Int32Array.from(numbers);

test('the newest come first, also over several parts', () => {
  const queue = createSlotQueue();
  queue.push(slots(1, 2, 3));
  queue.push(slots(4, 5));
  expect(queue.length).toBe(5);
  expect([...queue.take(3, all)]).toEqual([5, 4, 3]);
  expect([...queue.take(9, all)]).toEqual([2, 1]);
  expect([...queue.take(9, all)]).toEqual([]);
  expect(queue.length).toBe(0);
});

test('what is not wanted is forgotten, and takes no place of others', () => {
  const queue = createSlotQueue();
  queue.push(slots(1, 2, 3, 4, 5));
  expect([...queue.take(2, (slot) => slot % 2 === 1)]).toEqual([5, 3]);
  expect([...queue.take(2, all)]).toEqual([2, 1]);
});

test('what is put back is taken again before what is older and after what is newer', () => {
  const queue = createSlotQueue();
  queue.push(slots(1, 2, 3, 4, 5, 6));
  const taken = queue.take(4, all);
  expect([...taken]).toEqual([6, 5, 4, 3]);
  queue.push(slots(7, 8));
  queue.putBack(taken.subarray(2));
  expect(queue.length).toBe(6);
  expect([...queue.take(9, all)]).toEqual([8, 7, 4, 3, 2, 1]);
});

test('cleared, it holds nothing, whatever was taken before', () => {
  const queue = createSlotQueue();
  queue.push(slots(1, 2));
  queue.push(slots(3));
  queue.take(1, all);
  queue.clear();
  queue.push(slots(9));
  expect([...queue.take(5, all)]).toEqual([9]);
});
