import { laneOf, tally } from './tally.ts';
import type {
  DrillPlan,
  DrillProgress,
  DrillReport,
  Ledger,
  Measured,
  Moment,
  Phases,
  Signal,
  Stage,
} from './types.ts';

const liveSliceMs = 250;
/** At most so much of the lane is on screen: two minutes. */
const liveLaneMs = 120_000;
const mostMoments = 500;

/** What happens in a drill, noted as it happens, and told at most four times a second. Times are monotonic ms. */
export type Recorder = ReturnType<typeof createRecorder>;

export function createRecorder(plan: DrillPlan, onProgress: (progress: DrillProgress) => void) {
  const startedAt = Date.now();
  const begunAt = performance.now();
  const moments: Moment[] = [];
  const signals: Signal[] = [];
  const redundantAt: Partial<Record<Measured, number>> = {};
  let ledgers: readonly Ledger[] = [];
  let injectedAt: number | null = null;
  let stage: Stage = 'preparing';
  let waitsFor = '';
  let report: DrillReport | null = null;
  let timer: NodeJS.Timeout | null = null;

  function note(source: string, text: string, at = performance.now()): void {
    if (moments.length < mostMoments) moments.push({ at, source, text });
    soon();
  }

  const firstOf = (system: Measured, kind: Signal['kind']): number | null =>
    since(signals.find((signal) => signal.system === system && signal.kind === kind && after(signal.at))?.at);
  const after = (at: number): boolean => injectedAt !== null && at >= injectedAt;
  const since = (at: number | null | undefined): number | null =>
    at === null || at === undefined || injectedAt === null ? null : Math.max(0, Math.round(at - injectedAt));

  /** `writableAt`: as the ledger proves it. */
  function phasesOf(system: Measured, writableAt: number | null): Phases {
    return {
      detectedMs: firstOf(system, 'detected'),
      electedMs: firstOf(system, 'elected'),
      writableMs: since(writableAt),
      redundantMs: since(redundantAt[system]),
    };
  }

  /** Before anybody has read back what was written, every acknowledged write is taken to have lasted. */
  function livePhases(ledger: Ledger): Phases {
    if (injectedAt === null) return phasesOf(ledger.system, null);
    const attempts = ledger.attempts();
    const acked = new Set(attempts.flatMap(({ id, outcome }) => (outcome === 'acked' ? [id] : [])));
    const to = performance.now();
    return phasesOf(ledger.system, tally({ attempts, read: acked, injectedAt, from: begunAt, to }).writableAt);
  }

  function timeline(): DrillReport['timeline'] {
    const zero = injectedAt ?? performance.now();
    return [...moments]
      .sort((a, b) => a.at - b.at)
      .map(({ at, source, text }) => ({ atMs: Math.round(at - zero), source, text }));
  }

  function progress(): DrillProgress {
    const now = performance.now();
    const bySystem = <T>(of: (ledger: Ledger) => T) =>
      Object.fromEntries(ledgers.map((ledger) => [ledger.system, of(ledger)])) as Partial<Record<Measured, T>>;
    return {
      plan,
      stage,
      waitsFor,
      startedAt,
      injectedAt: injectedAt === null ? null : epochOf(injectedAt),
      phases: bySystem(livePhases),
      counts: bySystem((ledger) => ledger.counts()),
      lanes: bySystem((ledger) =>
        laneOf(ledger.attempts(), {
          from: Math.max(begunAt, now - liveLaneMs),
          to: now,
          sliceMs: liveSliceMs,
          injectedAt: injectedAt ?? now,
        }),
      ),
      timeline: timeline(),
      report,
    };
  }

  function tell(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    onProgress(progress());
  }
  function soon(): void {
    timer ??= setTimeout(tell, liveSliceMs);
  }

  return {
    startedAt,
    begunAt,
    note,
    phasesOf,
    timeline,
    signal(signal: Signal): void {
      if (signals.length < mostMoments) signals.push(signal);
      note(signal.source, signal.text, signal.at);
    },
    follow(followed: readonly Ledger[]): void {
      ledgers = followed;
      for (const ledger of followed) ledger.onEnd(soon);
    },
    enter(next: Stage, waiting: string): void {
      stage = next;
      waitsFor = waiting;
      tell();
    },
    injected(at: number): void {
      injectedAt = at;
      tell();
    },
    injectedAt: () => injectedAt,
    redundant(system: Measured, at: number): void {
      redundantAt[system] ??= at;
      soon();
    },
    end(final: DrillReport): void {
      report = final;
      stage = 'done';
      waitsFor = '';
      tell();
    },
  };
}

/** Monotonic ms as epoch ms, by the wall clock of now. */
export const epochOf = (at: number): number => Date.now() - (performance.now() - at);
