import type Docker from 'dockerode';
import type { UsageClaim } from '../stack/claims.ts';
import { StackError } from '../stack/errors.ts';
import { type CgroupFiles, openCgroup, type RawUsage, withoutCache } from './cgroup.ts';
import { getJson } from './request.ts';
import type { UsageSampler } from './types.ts';

type Target = { readonly id: string; readonly pid: number | null };
type Sample = RawUsage & { readonly atMs: number };

/** What is kept of one container between samples. */
type Watched = { readonly pid: number; readonly files: CgroupFiles | null; last: Sample | null };

const deadlineMs = 3000;

/**
 * Samples from the kernel's files where the containers are this machine's, else from the engine's one-shot stats. Closed, it
 * lets go of these files and opens none any more.
 */
export function usageSampler(
  docker: Docker,
  local: boolean,
  open: typeof openCgroup = openCgroup,
): UsageSampler & { close(): void } {
  const watched = new Map<string, Watched>();
  let closed = false;

  function watch({ id, pid }: Target): Watched {
    const before = watched.get(id);
    if (before !== undefined && before.pid === pid) return before;
    before?.files?.close();
    const now: Watched = { pid: pid ?? 0, files: local && !closed && pid !== null ? open(id, pid) : null, last: null };
    watched.set(id, now);
    return now;
  }

  function forgetAllBut(targets: readonly Target[]): void {
    const wanted = new Set(targets.map(({ id }) => id));
    for (const [id, { files }] of watched) {
      if (wanted.has(id)) continue;
      files?.close();
      watched.delete(id);
    }
  }

  async function sampleOne(target: Target): Promise<UsageClaim> {
    if (target.pid === null) throw new StackError('not-running', 'the container does not run');
    const entry = watch(target);
    const { files, last } = entry;
    const sample =
      files === null ? await askEngine(docker, target.id) : { ...readFiles(files), atMs: performance.now() };
    entry.last = sample;
    return toClaim(last, sample);
  }

  return {
    sample: async (targets) => {
      forgetAllBut(targets);
      const claims = new Map<string, UsageClaim | Error>();
      await Promise.all(
        targets.map(async (target) => {
          try {
            claims.set(target.id, await sampleOne(target));
          } catch (error) {
            claims.set(target.id, error as Error);
          }
        }),
      );
      return claims;
    },
    close: () => {
      closed = true;
      forgetAllBut([]);
    },
  };
}

function readFiles(files: CgroupFiles): RawUsage {
  try {
    return files.read();
  } catch (cause) {
    throw new StackError('not-running', 'the container has just ended', { cause });
  }
}

/** Rates between two samples; null without an earlier one, or when a counter went backwards (a new process). */
export function toClaim(last: Sample | null, now: Sample): UsageClaim {
  const seconds = last === null ? 0 : (now.atMs - last.atMs) / 1000;
  const rate = (before: number | null | undefined, after: number | null) =>
    seconds <= 0 || before == null || after === null || after < before ? null : (after - before) / seconds;
  const cpuNs = rate(last?.cpuNs, now.cpuNs);
  return {
    cpuPercent: cpuNs === null ? null : cpuNs / 1e7,
    memoryBytes: now.memoryBytes,
    receivedBytesPerSecond: rate(last?.received, now.received),
    sentBytesPerSecond: rate(last?.sent, now.sent),
  };
}

type Stats = Partial<{
  read: string;
  cpu_stats: { cpu_usage?: { total_usage?: number } };
  memory_stats: { usage?: number; stats?: Record<string, number> };
  networks: Record<string, { rx_bytes?: number; tx_bytes?: number }> | null;
}>;

/** `one-shot` spares the engine the second sample that it would otherwise wait a second for (API 1.41). */
async function askEngine(docker: Docker, id: string): Promise<Sample> {
  const query = { stream: 0, 'one-shot': 1 };
  const answer = await getJson(docker, { what: 'container stats', path: `/containers/${id}/stats`, query, deadlineMs });
  return fromStats(answer as Stats, performance.now());
}

/** One stats answer as a sample. The engine's own time is used for rates: the answer may have waited. */
export function fromStats(stats: Stats, fallbackMs: number): Sample {
  const usage = stats.memory_stats?.usage;
  const cpuNs = stats.cpu_stats?.cpu_usage?.total_usage;
  if (usage === undefined || cpuNs === undefined) throw new StackError('not-running', 'the container does not run');
  const detail = stats.memory_stats?.stats ?? {};
  const networks = Object.values(stats.networks ?? {});
  const sum = (name: 'rx_bytes' | 'tx_bytes') =>
    networks.length === 0 ? null : networks.reduce((total, network) => total + (network[name] ?? 0), 0);
  const atMs = Date.parse(stats.read ?? '');
  return {
    cpuNs,
    memoryBytes: withoutCache(usage, detail.total_inactive_file ?? detail.inactive_file ?? null),
    received: sum('rx_bytes'),
    sent: sum('tx_bytes'),
    atMs: atMs > 0 ? atMs : fallbackMs,
  };
}
