import type { Check } from './types.ts';

/** The checks on what the stack itself says. */
export const stackChecks: readonly Check[] = [];
