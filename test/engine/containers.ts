import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RawInspect, toDetails } from '../../source/engine/details.ts';
import type { ContainerDetails } from '../../source/engine/types.ts';

/** Inspect answers captured from the real stack, secrets replaced. */
export function captured(name: 'full' | 'killed'): RawInspect[] {
  const file = join(import.meta.dirname, '..', 'fixtures', 'engine', `${name}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as RawInspect[];
}

/** The containers of the healthy full stack. */
export const fullStack = (): ContainerDetails[] => captured('full').map(toDetails);

type Parts = Partial<Omit<ContainerDetails, 'container'>> & { container?: Partial<ContainerDetails['container']> };

/** A running container outside of any project, of which a test says only what matters to it. */
export function containerWith({ container, ...parts }: Parts): ContainerDetails {
  return {
    argv: [],
    env: {},
    labels: {},
    hostname: '',
    pid: 4242,
    ports: [],
    networks: [],
    ...parts,
    container: {
      id: 'c0ffee',
      name: 'anything',
      service: null,
      project: null,
      image: 'somebody/something',
      state: 'running',
      health: 'none',
      restarts: 0,
      exitCode: null,
      startedAt: 1_000,
      memoryLimitBytes: null,
      ...container,
    },
  };
}
