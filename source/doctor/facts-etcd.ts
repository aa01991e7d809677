import { commandsOf, option } from '../engine/command.ts';
import type { Access, ContainerDetails, Engine } from '../engine/types.ts';
import { subjectOf } from '../probes/connection.ts';
import { parseRoster } from '../probes/etcd-answers.ts';
import { openEtcdGateway } from '../probes/etcd-gateway.ts';
import { failure, socketFailure } from '../probes/failures.ts';
import { fieldsOf, numberOrNull, textOf } from '../probes/fields.ts';
import { openJsonClient } from '../probes/http.ts';
import { StackError } from '../stack/errors.ts';
import type { Asked } from './facts-patroni.ts';
import type { EtcdFacts } from './facts-types.ts';
import { askDeadlineMs, type Unread } from './facts-unread.ts';

/** Fewer writes than that tell little of a disk: one hiccup at the start would be the slowest of a hundred. */
const fewestFsyncs = 100;

/** One etcd member: its status, its metrics, and the disk under its data. null when it tells neither of the first two. */
export async function readEtcd(asked: Asked, now: number, unread: Unread): Promise<EtcdFacts | null> {
  const { access, details, engine } = asked;
  const { name } = access.member;
  const [status, metrics, device] = await Promise.all([
    unread.attempt(`The status of ${name}`, () => readStatus(access)),
    unread.attempt(`The metrics of ${name}`, () => readMetrics(access)),
    unread.attempt(`Which disk the data of ${name} is on`, () => readDevice(engine, details)),
  ]);
  if (status === null && metrics === null) return null;
  return {
    member: name,
    clusterId: status?.clusterId ?? null,
    roster: status?.roster ?? null,
    dbBytes: status?.dbBytes ?? null,
    ...parseEtcdMetrics(metrics ?? '', now),
    device,
  };
}

async function readStatus(access: Access): Promise<Pick<EtcdFacts, 'clusterId' | 'dbBytes' | 'roster'>> {
  const gateway = openEtcdGateway(access);
  try {
    const status = await gateway.call('/v3/maintenance/status', {}, askDeadlineMs);
    const id = textOf(fieldsOf(status.header).cluster_id);
    const list = () => gateway.call('/v3/cluster/member/list', { linearizable: false }, askDeadlineMs);
    return {
      clusterId: /^\d+$/.test(id) ? BigInt(id).toString(16) : null,
      dbBytes: numberOrNull(status.dbSize),
      roster: status.isLearner === true ? null : parseRoster(await list()),
    };
  } catch (error) {
    throw socketFailure(gateway.subject, error);
  } finally {
    gateway.close();
  }
}

async function readMetrics({ endpoint, member, tls }: Access): Promise<string> {
  const subject = subjectOf(member.name, endpoint);
  if (endpoint === null) throw failure('unreachable', subject, undefined, 'no published port, no address');
  const client = openJsonClient(endpoint, tls, subject);
  const signal = AbortSignal.timeout(askDeadlineMs);
  try {
    const { status, text } = await client.getText('/metrics', signal);
    if (status !== 200) throw failure('rejected', subject, undefined, `HTTP ${status} for /metrics`);
    return text;
  } catch (error) {
    throw signal.aborted ? failure('timeout', subject, error) : socketFailure(subject, error);
  } finally {
    client.close();
  }
}

type Measured = Pick<EtcdFacts, 'quotaBytes' | 'leaderChanges' | 'uptimeMs' | 'fsyncP99Ms'>;

/** Prometheus' text format (etcd server/etcdserver/metrics.go, server/storage/wal/metrics.go). */
export function parseEtcdMetrics(text: string, now: number): Measured {
  const one = (name: string) => numberOrNull(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
  const startedAt = one('process_start_time_seconds');
  return {
    quotaBytes: one('etcd_server_quota_backend_bytes') || null,
    leaderChanges: one('etcd_server_leader_changes_seen_total'),
    uptimeMs: startedAt === null ? null : Math.max(0, Math.round(now - 1_000 * startedAt)),
    fsyncP99Ms: percentile99(text, 'etcd_disk_wal_fsync_duration_seconds'),
  };
}

/** The upper end of the bucket that the 99th of a hundred is in, ms; infinite in the last one. */
function percentile99(text: string, name: string): number | null {
  const bucket = new RegExp(`^${name}_bucket\\{(?:[^}]*,)?le="([^"]+)"[^}]*\\} (\\S+)$`, 'gm');
  const buckets = [...text.matchAll(bucket)].map(([, le, count]) => ({ le, count: Number(count) }));
  const all = buckets.at(-1)?.count ?? 0;
  if (all < fewestFsyncs) return null;
  const found = buckets.find(({ count }) => count >= 0.99 * all)?.le;
  return found === '+Inf' ? Number.MAX_SAFE_INTEGER : Math.round(1_000 * Number(found));
}

/** The device as the kernel numbers it. An image without `stat` does not tell. */
async function readDevice(engine: Engine, { argv, env, mounts, container }: ContainerDetails): Promise<string | null> {
  const args = commandsOf(argv, env).flatMap((command) => command.args);
  const only = mounts?.length === 1 ? mounts[0]?.destination : undefined;
  const folder = option(args, 'data-dir') ?? env.ETCD_DATA_DIR ?? only;
  if (folder === undefined) throw new StackError('rejected', 'where it keeps them is not configured from outside');
  const { exitCode, output } = await engine.control.command(container.id, ['stat', '-c', '%d', folder]);
  const number = /^\d+$/.exec(output.trim())?.[0];
  if (exitCode !== 0 || number === undefined) throw new StackError('rejected', '`stat` in its container does not tell');
  return number;
}
