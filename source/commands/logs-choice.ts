import { chooseStack } from '../engine/choose.ts';
import type { Engine } from '../engine/types.ts';
import type { Source } from '../logs/types.ts';
import { StackError } from '../stack/errors.ts';
import type { Flags } from './flags.ts';

export type LogsOptions = {
  readonly flags: Flags;
  /** None: all. */
  readonly services: readonly string[];
  readonly connect: () => Promise<Engine>;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly color: boolean;
  readonly say: (line: string) => void;
  readonly interrupted: AbortSignal;
};

/**
 * The engine, and which services are meant. Throws StackError: `usage` where one is not there, `no-engine`.
 */
export async function chosen({ flags, services, connect }: Pick<LogsOptions, 'flags' | 'services' | 'connect'>) {
  const engine = await connect();
  const { name, containers } = chooseStack(await engine.list(), flags.project ?? null);
  const there = containers.map(({ details: { container } }) => container.service ?? container.name);
  if (there.length === 0) {
    const where = flags.project === undefined ? '' : ` in project "${flags.project}"`;
    throw new StackError('precondition', `there are no containers${where} to read logs of`);
  }
  let first: Engine | null = engine;
  const wanted = checked(services, there);
  return {
    services: wanted,
    /** Of those that are meant, by name. */
    containers: containers
      .filter((_, index) => wanted?.includes(there[index] ?? '') ?? true)
      .map(({ details }) => details.container.name),
    project: name,
    async connect() {
      const taken = first ?? (await connect());
      first = null;
      return taken;
    },
  };
}

export function checked(wanted: readonly string[], there: readonly string[]): readonly string[] | null {
  const unknown = wanted.find((service) => !there.includes(service));
  const names = [...new Set(there)].sort();
  if (unknown !== undefined) throw new StackError('usage', `no service "${unknown}"; there are ${names.join(', ')}`);
  return wanted.length === 0 ? null : wanted;
}

/** Sources by number, given in the order in which they are first seen. */
export type Sources = {
  readonly all: readonly Source[];
  get(index: number): Source | null;
  numberOf(container: string, service: string): number;
};

export function createSources(): Sources {
  const sources: Source[] = [];
  const numbers = new Map<string, number>();
  return {
    all: sources,
    get: (index) => sources[index] ?? null,
    numberOf(container, service) {
      const known = numbers.get(container);
      if (known !== undefined) return known;
      const index = sources.length;
      sources.push({ index, container, service });
      numbers.set(container, index);
      return index;
    },
  };
}

export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
