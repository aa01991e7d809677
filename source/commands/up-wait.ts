import { setTimeout as sleep } from 'node:timers/promises';
import type { ComposeProject } from '../engine/compose.ts';
import type { ComposeService } from '../engine/compose-file.ts';
import { lastLines, type Run } from '../engine/run.ts';
import type { ContainerDetails, Engine } from '../engine/types.ts';
import type { Monitor } from '../monitor/types.ts';
import { StackError } from '../stack/errors.ts';
import { type Output, type Progress, type Row, seconds } from './progress.ts';

/** Whether the stack is good by a deeper look than the containers' health; `lines` say what is still missing. */
export type Ready = () => Promise<{ readonly done: boolean; readonly lines: readonly string[] }>;

/** Good means that the monitor's verdict is ok: leaders elected, replicas streaming, Sentinels agreeing. */
export async function readiness(monitor: Monitor): ReturnType<Ready> {
  monitor.start();
  const report = monitor.store.get()?.report;
  if (report === undefined) return { done: false, lines: [] };
  return { done: report.verdict.level === 'ok', lines: report.verdict.reasons.map(({ text }) => text) };
}

export type WaitOptions = {
  readonly engine: Pick<Engine, 'list'>;
  readonly cli: Run;
  readonly project: Pick<ComposeProject, 'name'>;
  readonly services: readonly ComposeService[];
  readonly progress: Progress;
  readonly stderr: Output;
  readonly ready?: Ready | undefined;
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How often to look, ms. */
  readonly intervalMs?: number;
};

/** Waits until the stack is good, showing every service's state. false: not in time; why is on stderr. */
export async function awaitHealth(options: WaitOptions): Promise<boolean> {
  const { engine, project, services, progress, ready, signal, deadlineMs = 180_000, intervalMs = 400 } = options;
  const began = performance.now();
  const late = () => performance.now() - began > deadlineMs;
  progress.step('health');
  for (;;) {
    signal?.throwIfAborted();
    const seen = await listed(engine);
    if (seen instanceof StackError) {
      if (late()) throw seen;
      progress.detail(seen.message);
      await sleep(intervalMs, undefined, signal === undefined ? {} : { signal });
      continue;
    }
    const containers = seen.filter(({ container }) => container.project === project.name);
    const rows = services.map((service) => rowOf(service, containers));
    const good = rows.filter(({ tone }) => tone === 'good').length;
    const { done, lines } = ready === undefined ? { done: good === rows.length, lines: [] } : await ready();
    progress.rows(rows);
    progress.detail(`${good} of ${rows.length} healthy${lines[0] === undefined ? '' : `; ${lines[0]}`}`);
    if (done) {
      progress.done(ready === undefined ? `${good} of ${rows.length} healthy` : 'the stack is ok');
      return true;
    }
    if (late()) {
      progress.close('failed');
      options.stderr.write(`not healthy after ${seconds(deadlineMs)}\n${lines.map((line) => `  ${line}\n`).join('')}`);
      await explain(options, rows, containers);
      return false;
    }
    await sleep(intervalMs, undefined, signal === undefined ? {} : { signal });
  }
}

/** One list that fails says nothing of the stack: an engine under load misses a deadline, and answers the next time. */
async function listed(engine: WaitOptions['engine']): Promise<readonly ContainerDetails[] | StackError> {
  try {
    return await engine.list();
  } catch (error) {
    if (error instanceof StackError) return error;
    throw error;
  }
}

/** What is seen of a service: `healthy`, `starting`, `exited (1)`, `missing`. */
export function rowOf(service: ComposeService, containers: readonly ContainerDetails[]): Row {
  const container = containers.find((each) => each.container.service === service.name)?.container;
  const name = service.name;
  if (container === undefined) return { name, state: 'missing', tone: 'bad' };
  const { state, health, exitCode } = container;
  if (state === 'exited' || state === 'dead') return { name, state: `${state} (${exitCode ?? '?'})`, tone: 'bad' };
  if (state !== 'running') return { name, state, tone: state === 'paused' ? 'bad' : 'busy' };
  if (health === 'none') return { name, state: 'running', tone: 'good' };
  return { name, state: health, tone: health === 'healthy' ? 'good' : health === 'unhealthy' ? 'bad' : 'busy' };
}

/** The last lines of those that are not well, without the secrets they were given. */
async function explain(
  { cli, stderr }: WaitOptions,
  rows: readonly Row[],
  containers: readonly ContainerDetails[],
): Promise<void> {
  for (const { name, state } of rows.filter(({ tone }) => tone !== 'good')) {
    stderr.write(`${name}: ${state}\n`);
    const details = containers.find(({ container }) => container.service === name);
    if (details === undefined) continue;
    const log = await cli(['logs', '--tail', '5', details.container.id], { timeoutMs: 5_000 });
    const text = lastLines({ stdout: `${log.stdout}\n${log.stderr}`.trim(), stderr: '' }, 5);
    for (const line of withoutSecrets(text, details.env).split('\n').filter(Boolean)) stderr.write(`  ${line}\n`);
  }
}

function withoutSecrets(text: string, env: Readonly<Record<string, string>>): string {
  const secrets = Object.entries(env).filter(([key, value]) => /password|secret|token|auth/i.test(key) && value !== '');
  return secrets.reduce((line, [, value]) => line.replaceAll(value, '***'), text);
}
