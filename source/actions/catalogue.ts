import { containerActions } from './container-actions.ts';
import { recreateActions } from './container-recreate.ts';
import type { Action } from './types.ts';

/** Every action there is, but for those that a compose file's profiles make. In the order of menus. */
export const catalogue: readonly Action[] = [...containerActions, ...recreateActions];
