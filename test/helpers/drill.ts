import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DrillReport, Measured, SystemResult } from '../../source/drills/types.ts';
import { stateDir } from '../../source/engine/state-dir.ts';
import { cli, plainEnvironment } from './pty.ts';
import { containerOf, docker, eventually, ours, project } from './stack.ts';

export type Drilled = {
  /** 128 + n where a signal ended it that nobody caught, as a shell has it. */
  readonly code: number;
  /** null: it printed none. */
  readonly report: DrillReport | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
};

export type RunningDrill = {
  readonly pid: number;
  signal(name: NodeJS.Signals): void;
  /** Its progress lines so far. */
  said(): string;
  /** Ends it as Ctrl+C does, unless it has ended; resolves when it has. */
  end(): Promise<void>;
  /** Resolves as soon as its progress lines fulfil the condition; rejects when it ends without, or after `withinMs`. */
  says(condition: RegExp, withinMs?: number): Promise<void>;
  readonly finished: Promise<Drilled>;
};

/** Longer than any drill takes; then it is ended, as a person would, so that it heals. */
const usualPatienceMs = 200_000;

/** Starts `paws-top drill` on our stack, without a terminal, as CI does. */
export function startDrill(args: readonly string[], patienceMs = usualPatienceMs): RunningDrill {
  const begun = performance.now();
  const child = spawn(process.execPath, [cli, 'drill', ...args, ...ours], {
    env: plainEnvironment(mark),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGINT'), patienceMs);
  let stdout = '';
  let stderr = '';
  let ended = false;
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    tell();
  });
  const finished = new Promise<Drilled>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      ended = true;
      tell();
      const number = signal === null ? 0 : 128 + ({ SIGKILL: 9, SIGINT: 2, SIGTERM: 15 }[signal as string] ?? 0);
      const [report, ms] = [reportIn(stdout), performance.now() - begun];
      if (report !== null) process.stdout.write(`${figures(report)} ${Math.round(ms / 1000)} s in all\n`);
      resolve({ code: code ?? number, report, stdout, stderr, ms });
    });
  });
  return {
    pid: child.pid ?? 0,
    signal: (name) => void child.kill(name),
    said: () => stderr,
    async end() {
      if (!ended) child.kill('SIGINT');
      await finished;
    },
    says: (condition, withinMs = 60_000) =>
      new Promise((resolve, reject) => {
        const settle = (finish: () => void) => {
          clearTimeout(late);
          listeners.delete(look);
          finish();
        };
        const look = () => {
          if (condition.test(stderr)) settle(resolve);
          else if (ended) settle(() => reject(new Error(`it ended without saying ${condition}:\n${stderr}`)));
        };
        const late = setTimeout(
          () => settle(() => reject(new Error(`it did not say ${condition} within ${withinMs} ms:\n${stderr}`))),
          withinMs,
        );
        listeners.add(look);
        look();
      }),
    finished,
  };
}

/** Runs one drill headless to its end. */
export const drill = (id: string, ...flags: readonly string[]): Promise<Drilled> =>
  startDrill([id, '--yes', '--json', ...flags]).finished;

/** The same where a report is needed; throws what the program said where there is none. */
export async function drilled(id: string, ...flags: readonly string[]): Promise<Drilled & { report: DrillReport }> {
  const run = await drill(id, ...flags);
  if (run.report === null) throw new Error(`no report, exit ${run.code}:\n${run.stdout}${run.stderr}`);
  return { ...run, report: run.report };
}

/** One object of ours, whatever else it holds. */
function reportIn(text: string): DrillReport | null {
  try {
    const value = JSON.parse(text) as DrillReport | { readonly runs: readonly DrillReport[] };
    return 'runs' in value ? (value.runs[0] ?? null) : value;
  } catch {
    return null;
  }
}

export function resultOf(report: DrillReport, system: Measured): SystemResult {
  const result = report.systems.find((one) => one.system === system);
  if (result === undefined) throw new Error(`${report.drill} tells nothing of ${system}: ${report.why}`);
  return result;
}

/** What a person wants to see of a run in the log of the tests. */
function figures({ drill: id, verdict, why, systems }: DrillReport): string {
  const lines = systems.map(({ system, phases, outageMs, writes, predicted, twoPrimariesMs }) =>
    [
      `  ${system}: writable ${phases.writableMs} ms (predicted ${predicted.minMs}–${predicted.maxMs})`,
      `redundant ${phases.redundantMs}, outage ${outageMs}, lost ${writes.lost} of ${writes.acked}`,
      `via old ${JSON.stringify(writes.viaOldPrimary)}, two primaries ${twoPrimariesMs}`,
    ].join(', '),
  );
  return [`${id}: ${verdict}. ${why}`, ...lines].join('\n');
}

/** The first thing that a shell command inside a member's container prints; its own environment has the passwords. */
export async function inside(service: string, script: string): Promise<string> {
  const container = await containerOf(service);
  const exec = await container.exec({
    Cmd: ['timeout', '10', 'sh', '-c', script],
    AttachStdout: true,
    AttachStderr: true,
    Tty: true,
  });
  // The engine does not always tell the end of a command whose container dies with it.
  const stream = await exec.start({ Tty: true, abortSignal: AbortSignal.timeout(12_000) });
  let output = '';
  for await (const chunk of stream) output += String(chunk);
  const { ExitCode } = await exec.inspect();
  if (ExitCode !== 0) throw new Error(`${service}: exit ${ExitCode}: ${output}`);
  return output.replaceAll('\r\n', '\n').trim();
}

/** Asks the Postgres of a member, over TCP as anybody would. */
export const sql = (service: string, statement: string): Promise<string> =>
  inside(
    service,
    `PGCONNECT_TIMEOUT=2 PGPASSWORD=$PATRONI_SUPERUSER_PASSWORD psql -XAtq -P pager=off -h 127.0.0.1 -U "$PATRONI_SUPERUSER_USERNAME" -d postgres -c "${statement}"`,
  );

/** Files of the fault journal. */
export function journalFiles(): readonly string[] {
  const folder = join(stateDir(process.env, project), 'faults');
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(folder, name));
  } catch {
    return []; // nothing was ever broken here
  }
}

/** Everything that a drill on our stack may have forgotten, in words; the dead-man is given the moment it takes to notice. */
export async function leftovers(): Promise<readonly string[]> {
  const patroni = ['patroni1', 'patroni2', 'patroni3'];
  const redis = ['redis1', 'redis2', 'redis3'];
  const schemas = "select count(*) from pg_namespace where nspname = 'paws_top'";
  const keys = `REDISCLI_AUTH=$REDIS_PASSWORD redis-cli --scan --pattern 'paws-top:*'`;
  const filters = { label: [`paws-top.helper=${project}`] };
  const found = await Promise.all([
    ...patroni.map(async (name) => ((await sql(name, schemas)) === '0' ? [] : [`a schema on ${name}`])),
    ...redis.map(async (name) => lines(await inside(name, keys)).map((key) => `key ${key} on ${name}`)),
    inside('etcd1', 'etcdctl get --prefix paws-top/ --keys-only').then(lines),
    docker.listContainers({ all: true, filters }).then((all) => all.map(({ Names }) => `container ${Names.join()}`)),
    ...patroni.map(async (name) => {
      const { NetworkSettings } = await (await containerOf(name)).inspect();
      const networks = Object.keys(NetworkSettings.Networks);
      return networks.length === 1 ? [] : [`${name} is on ${networks.join(', ')}`];
    }),
    ...['drilling', 'healing'].map(async (lock) => claims(lock).map((name) => `lock ${lock}/${name}`)),
    Promise.resolve(journalFiles()),
    eventually(() => (processes().length === 0 ? [] : null), 5_000).catch(() =>
      processes().map((pid) => `process ${pid}`),
    ),
  ]);
  return found.flat();
}

const lines = (text: string): readonly string[] => text.split('\n').filter(Boolean);

/** Those of the dead are swept by whoever comes next, and hold nobody up. */
function claims(lock: string): readonly string[] {
  try {
    return readdirSync(join(stateDir(process.env, project), lock)).filter((name) =>
      existsSync(`/proc/${Number.parseInt(name, 10)}`),
    );
  } catch {
    return []; // never taken
  }
}

/** For the environment of what a test starts, which all that it starts in turn inherits: the dead-man too. */
export const mark = { PAWS_TOP_TESTED_BY: String(process.pid) };

/** What was started with the mark and still runs; a title of its own hides the words that a process was started with. */
export function processes(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
        return variables.includes(`PAWS_TOP_TESTED_BY=${mark.PAWS_TOP_TESTED_BY}`);
      } catch {
        return false; // gone meanwhile, or another's
      }
    })
    .map(Number);
}
