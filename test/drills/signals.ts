import type { Signal } from '../../source/drills/types.ts';
import type { Member } from '../../source/stack/topology.ts';

/** Collects signals, and waits for one. */
export function collect() {
  const signals: Signal[] = [];
  const waiting = new Set<() => void>();
  return {
    signals,
    tell: (signal: Signal): void => {
      signals.push(signal);
      for (const look of waiting) look();
    },
    /** `kind source text`, in the order in which they came. */
    lines: () => signals.map(({ kind, source, text }) => `${kind} ${source} ${text}`),
    /** Resolves with the first that matches; fails with what there was. */
    next: (pattern: RegExp, timeoutMs = 5_000): Promise<Signal> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = signals.find(({ kind, source, text }) => pattern.test(`${kind} ${source} ${text}`));
          if (found === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        };
        const timer = setTimeout(() => reject(new Error(`no ${pattern} among ${JSON.stringify(signals)}`)), timeoutMs);
        waiting.add(look);
        look();
      }),
  };
}

/** Three members of a system, at 10.0.0.1 to 3. */
export const three = (system: Member['system']): readonly Member[] =>
  [1, 2, 3].map((n) => ({
    name: `${system}${n}`,
    system,
    container: `${system}${n}`,
    aliases: [`${system}${n}`, `10.0.0.${n}`],
  }));
