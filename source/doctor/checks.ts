import { containerChecks } from './checks-containers.ts';
import { machineChecks } from './checks-machine.ts';
import { stackChecks } from './checks-stack.ts';
import type { Check } from './types.ts';

/** Every check there is. */
export const checks: readonly Check[] = [...machineChecks, ...containerChecks, ...stackChecks];
