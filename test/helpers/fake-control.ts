import type { Control } from '../../source/engine/types.ts';

const refuse = async (): Promise<never> => {
  throw new Error('nothing here may change a container');
};

/** For tests that only look. */
export const noControl: Control = {
  kill: refuse,
  stop: refuse,
  start: refuse,
  restart: refuse,
  pause: refuse,
  unpause: refuse,
  networksOf: refuse,
  disconnect: refuse,
  connect: refuse,
  runBeside: refuse,
  command: refuse,
};
