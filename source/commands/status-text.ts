import { labelOf } from '../stack/container-rules.ts';
import * as format from '../stack/format.ts';
import type {
  ContainerRow,
  EtcdReport,
  Level,
  PatroniReport,
  RedisReport,
  Report,
  RowReading,
  SentinelReport,
} from '../stack/report.ts';
import {
  asciiOnly,
  type Cell,
  type Colour,
  cell,
  heading,
  paint,
  right,
  type TextOptions,
  table,
  wrap,
} from './text-table.ts';

const colours: Readonly<Record<Level, Colour>> = { ok: 'green', degraded: 'yellow', down: 'red', unknown: 'magenta' };

/**
 * The report as `paws-top status` prints it: the verdict with the tolerances, the reasons, a table for each system. Lines
 * are no wider than `width` (40 at least) and end without blanks, the last without a line end; every fact stands on the line of its member, so that grep finds it.
 */
export function statusText(report: Report, options: TextOptions): string {
  const width = Math.max(40, options.width);
  const opts = { ...options, width };
  const blocks = [
    verdictLines(report, opts),
    ...(report.etcd === null ? [] : [etcdLines(report.etcd, opts)]),
    ...(report.patroni === null ? [] : [patroniLines(report.patroni, opts)]),
    ...(report.redis === null ? [] : [redisLines(report.redis, opts)]),
    ...(report.sentinel === null ? [] : [sentinelLines(report.sentinel, opts)]),
    ...(report.containers.length === 0 ? [] : [containerLines(report.containers, opts)]),
  ];
  const text = blocks.map((lines) => lines.join('\n')).join('\n\n');
  return options.ascii ? asciiOnly(text) : text;
}

function verdictLines(report: Report, { color, width }: TextOptions): string[] {
  const { level, reasons } = report.verdict;
  const canLose = [
    ...(report.etcd ? [`etcd ${report.etcd.quorum.canLose}`] : []),
    ...(report.patroni ? [`patroni ${report.patroni.canLose}`] : []),
    ...(report.redis ? [`redis ${report.redis.canLose}`] : []),
    ...(report.sentinel ? [`sentinel ${report.sentinel.quorum.canLose}`] : []),
  ];
  const where = [report.stack, report.profile ?? '', format.plural(report.containers.length, 'container')];
  const verdict = paint(level.toUpperCase(), colours[level], color);
  const place = where.filter((part) => part !== '').join(' · ');
  return [
    `${verdict}  ${format.clip(place, width - level.length - 2)}`,
    ...(canLose.length === 0 ? [] : [format.clip(`  can lose  ${canLose.join(' · ')}`, width)]),
    ...reasons.flatMap((reason) => {
      const mark = paint(reason.level.padEnd(8), colours[reason.level], color);
      const lines = wrap(reason.text, width - 12);
      return lines.map((line, index) => (index === 0 ? `  ${mark}  ${line}` : `${' '.repeat(12)}${line}`));
    }),
  ];
}

/** A row's name, and in its last column how current it is when it is not. */
const nameCell = (row: RowReading, mark: boolean): Cell =>
  cell(`${row.name}${mark ? ' ★' : ''}`, mark ? 'bold' : undefined);

function note(row: { reading: string; ageMs: number | null; error?: string }, ...others: string[]): Cell {
  if (row.reading === 'ok') return cell(others.filter(Boolean).join(', '), 'yellow');
  if (row.reading === 'absent' && row.error !== undefined) return cell(row.error, 'red');
  const since = row.ageMs === null || row.reading === 'absent' ? '' : ` ${format.age(row.ageMs)}`;
  return cell(
    `${row.reading}${since}${row.error === undefined ? '' : `: ${row.error}`}`,
    row.reading === 'stale' ? 'yellow' : 'red',
  );
}

/** Old figures are not shown as current ones. */
const now = <T>(row: RowReading, value: T): T | null =>
  row.reading === 'ok' || row.reading === 'stale' ? value : null;

function etcdLines(etcd: EtcdReport, opts: TextOptions): string[] {
  const { healthy, size, needed } = etcd.quorum;
  const facts = [
    `quorum ${healthy}/${size}, ${needed} needed`,
    `leader ${etcd.leader ?? 'none'}`,
    `term ${etcd.term ?? '?'}`,
  ];
  return [
    heading('etcd', etcd.verdict, facts, opts),
    ...table(
      ['MEMBER', 'ROLE', right('RAFT'), right('LAG'), right('DB'), right('RTT'), 'NOTE'],
      etcd.members.map((row) => [
        nameCell(row, row.leader),
        cell(now(row, row.leader ? 'leader' : row.learner ? 'learner' : 'follower') ?? format.none),
        right(format.count(now(row, row.raftIndex))),
        right(format.count(now(row, row.lag))),
        right(format.bytes(now(row, row.dbBytes))),
        right(rtt(now(row, row.latencyMs))),
        note(row, ...row.alarms),
      ]),
      opts,
    ),
  ];
}

const rtt = (ms: number | null): string => (ms === null ? format.none : ms < 1 ? '<1ms' : `${Math.round(ms)}ms`);

function patroniLines(patroni: PatroniReport, opts: TextOptions): string[] {
  const writable = patroni.writable === null ? 'writable unknown' : patroni.writable ? 'writable' : 'not writable';
  const sync = patroni.syncMode === null ? 'unknown' : patroni.syncMode;
  const facts = [
    `leader ${patroni.leader ?? 'none'}`,
    writable,
    `TL ${patroni.timeline ?? '?'}`,
    `sync ${sync}`,
    ...(patroni.paused ? ['paused'] : []),
  ];
  return [
    heading('patroni', patroni.verdict, facts, opts),
    ...table(
      ['MEMBER', 'ROLE', 'STATE', right('TL'), right('LAG'), right('TPS'), right('CONN'), 'NOTE'],
      patroni.members.map((row) => {
        const database = row.postgres.reading === 'ok' || row.postgres.reading === 'stale' ? row.postgres : null;
        const trouble = row.postgres.reading === 'ok' ? '' : `postgres ${row.postgres.reading}`;
        return [
          nameCell(row, row.name === patroni.leader),
          cell(format.roleName(row.role)),
          cell(now(row, row.state) ?? format.none),
          right(format.count(now(row, row.timeline))),
          right(format.lag(now(row, row.lagBytes))),
          right(format.rate(database?.tps ?? null)),
          right(
            database === null
              ? format.none
              : `${format.count(database.connections)}/${format.count(database.maxConnections)}`,
          ),
          note(row, trouble, row.pendingRestart ? 'pending restart' : ''),
        ];
      }),
      opts,
    ),
  ];
}

function redisLines(redis: RedisReport, opts: TextOptions): string[] {
  const facts = [
    `master ${redis.master ?? 'none'}`,
    ...(redis.masterName === null ? [] : [`known as ${redis.masterName}`]),
  ];
  return [
    heading('redis', redis.verdict, facts, opts),
    ...table(
      ['MEMBER', 'ROLE', 'LINK', right('OFFSET'), right('LAG'), right('OPS/S'), right('MEM'), right('CLIENTS'), 'NOTE'],
      redis.members.map((row) => [
        nameCell(row, row.name === redis.master),
        cell(format.roleName(row.role)),
        cell(now(row, row.link) ?? format.none),
        right(format.count(now(row, row.offset))),
        right(format.lag(now(row, row.lagBytes))),
        right(format.rate(now(row, row.opsPerSecond))),
        right(format.bytes(now(row, row.memoryBytes))),
        right(format.count(now(row, row.clients))),
        note(row),
      ]),
      opts,
    ),
  ];
}

function sentinelLines(sentinel: SentinelReport, opts: TextOptions): string[] {
  const { healthy, size, needed, majority } = sentinel.quorum;
  const facts = [
    `${healthy}/${size} agree`,
    `quorum ${needed}`,
    `majority ${majority}`,
    ...(sentinel.tilt ? ['TILT'] : []),
  ];
  return [
    heading('sentinel', sentinel.verdict, facts, opts),
    ...table(
      ['MEMBER', 'MASTER SEEN', 'OPINION', right('EPOCH'), right('RTT'), 'NOTE'],
      sentinel.members.map((row) => [
        nameCell(row, false),
        cell(now(row, row.masterSeen) ?? format.none),
        cell(
          now(row, row.odown ? 'o_down' : row.sdown ? 's_down' : row.sdown === null ? format.none : 'up') ??
            format.none,
        ),
        right(format.count(now(row, row.epoch))),
        right(rtt(now(row, row.latencyMs))),
        note(row, row.tilt ? 'TILT' : ''),
      ]),
      opts,
    ),
  ];
}

function containerLines(containers: readonly ContainerRow[], opts: TextOptions): string[] {
  const running = containers.filter((row) => row.state === 'running').length;
  return [
    heading('containers', null, [`${running}/${containers.length} running`], opts),
    ...table(
      [
        'CONTAINER',
        'STATE',
        'HEALTH',
        right('CPU%'),
        right('MEM'),
        right('LIMIT'),
        right('NET/s'),
        right('UP'),
        'NOTE',
      ],
      containers.map((row) => {
        const net =
          row.receivedBytesPerSecond === null ? null : row.receivedBytesPerSecond + (row.sentBytesPerSecond ?? 0);
        const odd = row.state !== 'running' || row.health === 'unhealthy';
        return [
          cell(labelOf(row)),
          cell(row.state, odd ? 'red' : undefined),
          cell(row.health === 'none' ? format.none : row.health, row.health === 'unhealthy' ? 'red' : undefined),
          right(format.percent(row.cpuPercent)),
          right(format.bytes(row.memoryBytes)),
          right(format.bytes(row.memoryLimitBytes)),
          right(format.bytes(net)),
          right(format.age(row.uptimeMs)),
          cell(
            row.state === 'running'
              ? row.restarts > 0
                ? format.plural(row.restarts, 'restart')
                : ''
              : (row.error ?? ''),
            'red',
          ),
        ];
      }),
      opts,
    ),
  ];
}
