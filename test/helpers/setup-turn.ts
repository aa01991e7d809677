import { setPriority } from 'node:os';
import { afterAll, inject } from 'vitest';
import { takeTurn } from './turn.ts';

const of = inject('turn');
// What runs beside the stack's files must not disturb what they measure: it takes what they leave of the processors.
if (of === 'beside') setPriority(10);

/** A whole file: taken before it is loaded, given back when its last test is done. */
afterAll(await takeTurn(of));
