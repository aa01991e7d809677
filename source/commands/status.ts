import type { Monitor } from '../monitor/types.ts';
import { report as assess } from '../stack/assess.ts';
import type { Level, Report } from '../stack/report.ts';
import { statusText } from './status-text.ts';

/** `status` exits like a monitoring plugin. */
const exitCodes: Record<Level, number> = { ok: 0, degraded: 1, down: 2, unknown: 3 };

export type StatusOptions = {
  readonly monitor: Monitor;
  readonly json: boolean;
  readonly color: boolean;
  readonly width: number;
  /** Nothing beyond ASCII, for terminals that show no more. */
  readonly ascii: boolean;
  /** How long to wait for `ok`, ms; null: do not wait. */
  readonly waitMs: number | null;
  /** Resolves when the text is out: who ends the process before cuts it. */
  readonly write: (text: string) => Promise<void>;
};

/** Prints one report and returns the exit code of its verdict. */
export async function status({ monitor, json, color, width, ascii, waitMs, write }: StatusOptions): Promise<number> {
  const report = waitMs === null ? await once(monitor) : await untilOk(monitor, waitMs);
  await monitor.stop();
  await write(json ? `${JSON.stringify(report, null, 2)}\n` : `${statusText(report, { color, width, ascii })}\n`);
  return exitCodes[report.verdict.level];
}

/** Asks twice, a moment apart, since rates (CPU, transactions) are differences. */
async function once(monitor: Monitor): Promise<Report> {
  await monitor.refresh();
  if (latest(monitor).verdict.level !== 'unknown') {
    await new Promise((resolve) => setTimeout(resolve, ratesMs));
    await monitor.refresh();
  }
  return latest(monitor);
}

const ratesMs = 250;

/** Resolves with the first report that is ok, or with the last one when the time is over. */
async function untilOk(monitor: Monitor, waitMs: number): Promise<Report> {
  monitor.start();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(finish, waitMs);
    const unsubscribe = monitor.store.subscribe(() => {
      if (monitor.store.get()?.report.verdict.level === 'ok') finish();
    });
    function finish(): void {
      clearTimeout(timer);
      unsubscribe();
      resolve();
    }
  });
  return monitor.store.get()?.report ?? unanswered(waitMs);
}

/** An engine that takes the connection and says nothing: nothing is known, and that is what is reported. */
function unanswered(waitMs: number): Report {
  const at = Date.now();
  const message = `the engine has not answered within ${waitMs / 1_000} s`;
  const problem = { kind: 'timeout', message, cause: null, tookMs: waitMs } as const;
  return assess({
    schema: 1,
    at,
    intervalMs: waitMs,
    engine: { state: 'reconnecting', version: null, since: at - waitMs, problem },
    stack: '',
    profile: null,
    containers: [],
    etcd: null,
    patroni: null,
    redis: null,
    sentinel: null,
  });
}

function latest(monitor: Monitor): Report {
  const view = monitor.store.get();
  if (view === null) throw new Error('a refreshed monitor has a view');
  return view.report;
}
