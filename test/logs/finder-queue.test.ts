import { expect, test } from 'vitest';
import { createSlotQueue, type SlotQueue } from '../../source/logs/finder-queue.ts';

const take = (queue: SlotQueue, most: number) => queue.take(new Int32Array(most), () => true);
const slots = (...numbers: number[]) => Int32Array.from(numbers);

test('the newest come first, also over several parts', () => {
  const queue = createSlotQueue();
  queue.push(slots(1, 2, 3));
  queue.push(slots(4, 5));
  expect(queue.length).toBe(5);
  expect([...take(queue, 3)]).toEqual([5, 4, 3]);
  expect([...take(queue, 9)]).toEqual([2, 1]);
  expect([...take(queue, 9)]).toEqual([]);
  expect(queue.length).toBe(0);
});

test('what is not wanted is forgotten, and takes no place of others', () => {
  const queue = createSlotQueue();
  queue.push(slots(1, 2, 3, 4, 5));
  expect([...queue.take(new Int32Array(2), (slot) => slot % 2 === 1)]).toEqual([5, 3]);
  expect([...take(queue, 2)]).toEqual([2, 1]);
});

test('what is put back is taken again before what is older and after what is newer', () => {
  const queue = createSlotQueue();
  queue.push(slots(1, 2, 3, 4, 5, 6));
  const taken = take(queue, 4);
  expect([...taken]).toEqual([6, 5, 4, 3]);
  queue.push(slots(7, 8));
  queue.putBack(taken.subarray(2));
  expect(queue.length).toBe(6);
  expect([...take(queue, 9)]).toEqual([8, 7, 4, 3, 2, 1]);
});

test('cleared, it holds nothing, whatever was taken before', () => {
  const queue = createSlotQueue();
  queue.push(slots(1, 2));
  queue.push(slots(3));
  take(queue, 1);
  queue.clear();
  queue.push(slots(9));
  expect([...take(queue, 5)]).toEqual([9]);
});
