import type { ContainerDetails, Engine, UsageSampler } from '../engine/types.ts';
import type { UsageClaim } from '../stack/claims.ts';
import { toProblem } from '../stack/errors.ts';
import { type Attempts, judge, neverRead, type Reading } from '../stack/reading.ts';
import type { Container } from '../stack/topology.ts';

/** The last usage figures per container; samples only what is wanted. */
export function createUsageLog(now: () => number) {
  const attempts = new Map<string, Attempts<UsageClaim>>();
  let sampler: { engine: Engine; sampler: UsageSampler } | null = null;

  return {
    async sample(
      engine: Engine,
      details: readonly ContainerDetails[],
      wanted: (name: string) => boolean,
    ): Promise<void> {
      if (sampler?.engine !== engine) sampler = { engine, sampler: engine.usage() };
      const running = details.filter(({ container }) => container.state === 'running' && wanted(container.name));
      const started = now();
      const sampled = await sampler.sampler.sample(running.map(({ container, pid }) => ({ id: container.id, pid })));
      for (const { container } of running) {
        const found = sampled.get(container.id);
        if (found === undefined) continue;
        const before = attempts.get(container.id);
        attempts.set(
          container.id,
          found instanceof Error
            ? { value: before?.value ?? null, at: before?.at ?? null, tookMs: null, problem: toProblem(found) }
            : { value: found, at: now(), tookMs: now() - started, problem: null },
        );
      }
    },
    /** A container that is not sampled because it is off screen keeps an honest, ageing reading. */
    read(container: Container, at: number, intervalMs: number): Reading<UsageClaim> {
      const known = attempts.get(container.id);
      return known === undefined ? neverRead : judge(known, at, intervalMs, container.state === 'running');
    },
    keepOnly(ids: ReadonlySet<string>): void {
      for (const id of attempts.keys()) if (!ids.has(id)) attempts.delete(id);
    },
  };
}
