import { drillTargetMs } from './durations.ts';
import type { Drill, Expectation, Measured } from './types.ts';

/** What a system is held to unless `rest` says otherwise: within its target, and nothing lost where that is promised. */
export const expected = (
  system: Measured,
  change: Expectation['change'],
  rest: Partial<Expectation> = {},
): Expectation => ({
  targetMs: drillTargetMs[system],
  change,
  loss: system === 'redis' ? 'as-configured' : 'none',
  outage: 'expected',
  ...rest,
});
const newLeader = { patroni: expected('patroni', 'new-leader') };
const newMaster = { redis: expected('redis', 'new-leader') };
const goesOn = (system: Measured) => expected(system, 'same-leader', { outage: 'none', loss: 'none' });
const mended = { hold: 'recovered', beyondTolerance: false } as const;
const nothingToMend = { hold: 'none', beyondTolerance: false } as const;
const heldFor = (ms: number) => ({ hold: { ms }, beyondTolerance: false }) as const;

/** A fault that does not stop writes is looked at for so long. */
const aWhile = 10_000;
/** Longer, to see writes slow down. */
const slowFor = 20_000;
/** The old master is corrected at its next INFO, which a Sentinel asks for every 10 s (sentinel.c, SENTINEL_INFO_PERIOD). */
const twoMasters = 12_000;
/** Long enough for a Patroni with its default loop_wait and retry_timeout to give up. */
const untilReadOnly = 30_000;

const patroniDrills: readonly Drill[] = [
  {
    id: 'patroni-leader-kill',
    label: 'kill leader',
    does: 'Kills the container of the Patroni leader (SIGKILL); a replica takes over when its lease has ended.',
    breaks: [{ fault: { kind: 'kill' }, target: 'patroni.leader' }],
    expects: newLeader,
    ...mended,
  },
  {
    id: 'patroni-leader-stop',
    label: 'stop leader',
    does: 'Stops the container of the Patroni leader in order, so that it hands over before it goes.',
    breaks: [{ fault: { kind: 'stop' }, target: 'patroni.leader' }],
    expects: newLeader,
    ...mended,
  },
  {
    id: 'patroni-leader-pause',
    label: 'freeze leader',
    does: 'Freezes the container of the Patroni leader; it thinks that it still leads when it wakes up.',
    breaks: [{ fault: { kind: 'pause' }, target: 'patroni.leader' }],
    expects: newLeader,
    ...mended,
  },
  {
    id: 'patroni-leader-partition',
    label: 'cut off leader',
    does: 'Cuts the Patroni leader from all other members by firewall, while clients on the host still reach it.',
    breaks: [{ fault: { kind: 'partition', from: 'all' }, target: 'patroni.leader' }],
    expects: newLeader,
    ...mended,
  },
  {
    id: 'patroni-leader-isolate',
    label: 'unplug leader',
    does: 'Takes the Patroni leader off its network; nobody reaches it, clients neither.',
    breaks: [{ fault: { kind: 'isolate' }, target: 'patroni.leader' }],
    expects: newLeader,
    ...mended,
  },
  {
    id: 'patroni-postgres-crash',
    label: 'crash Postgres',
    does: 'Kills the postgres process of the Patroni leader; Patroni starts it again in place, without a failover.',
    breaks: [{ fault: { kind: 'crash' }, target: 'patroni.leader' }],
    expects: { patroni: expected('patroni', 'same-leader') },
    ...nothingToMend,
  },
  {
    id: 'patroni-switchover',
    label: 'switch over',
    does: 'Asks Patroni to switch over: the leader hands over to a replica in order.',
    breaks: [{ fault: { kind: 'patroni-switchover' }, target: 'patroni.leader' }],
    expects: newLeader,
    ...nothingToMend,
  },
  {
    id: 'patroni-failover',
    label: 'fail over',
    does: 'Asks Patroni to fail over to the sync standby, as a person would who gave the leader up.',
    breaks: [{ fault: { kind: 'patroni-failover' }, target: 'patroni.leader' }],
    expects: newLeader,
    ...nothingToMend,
  },
  {
    id: 'patroni-replica-kill',
    label: 'kill replica',
    does: 'Kills a replica that no commit waits for; writes go on.',
    breaks: [{ fault: { kind: 'kill' }, target: 'patroni.replica' }],
    expects: { patroni: goesOn('patroni') },
    ...heldFor(aWhile),
  },
  {
    id: 'patroni-standby-kill',
    label: 'kill sync standby',
    does: 'Kills the sync standby; commits wait until Patroni has given its place to another.',
    breaks: [{ fault: { kind: 'kill' }, target: 'patroni.sync_standby' }],
    expects: { patroni: expected('patroni', 'same-leader') },
    ...heldFor(aWhile),
  },
];

const redisDrills: readonly Drill[] = [
  {
    id: 'redis-master-kill',
    label: 'kill master',
    does: 'Kills the container of the Redis master (SIGKILL); the Sentinels promote a replica.',
    breaks: [{ fault: { kind: 'kill' }, target: 'redis.master' }],
    expects: newMaster,
    ...mended,
  },
  {
    id: 'redis-master-pause',
    label: 'freeze master',
    does: 'Freezes the container of the Redis master; it is still a master when it wakes up.',
    breaks: [{ fault: { kind: 'pause' }, target: 'redis.master' }],
    expects: newMaster,
    ...mended,
  },
  {
    id: 'redis-master-partition',
    label: 'cut off master',
    does: 'Cuts the Redis master from all other members by firewall, while clients on the host still write to it.',
    breaks: [{ fault: { kind: 'partition', from: 'all' }, target: 'redis.master' }],
    expects: newMaster,
    ...mended,
  },
  {
    id: 'redis-failover',
    label: 'fail over',
    does: 'SENTINEL FAILOVER as it is: the old master goes on taking writes beside the new one for about 10 s.',
    breaks: [{ fault: { kind: 'sentinel-failover' }, target: 'redis.master' }],
    expects: newMaster,
    ...heldFor(twoMasters),
  },
  {
    id: 'redis-switchover',
    label: 'switch over',
    does: 'The planned switchover of paws-top: writes are held until the replica has them all, then it is promoted.',
    breaks: [{ fault: { kind: 'redis-switchover' }, target: 'redis.master' }],
    expects: { redis: expected('redis', 'new-leader', { loss: 'none' }) },
    ...nothingToMend,
  },
  {
    id: 'sentinel-kill',
    label: 'kill Sentinel',
    does: 'Kills a Sentinel; the others keep their majority, and writes go on.',
    breaks: [{ fault: { kind: 'kill' }, target: 'sentinel.any' }],
    expects: { redis: goesOn('redis') },
    ...heldFor(aWhile),
  },
];

const etcdDrills: readonly Drill[] = [
  {
    id: 'etcd-leader-kill',
    label: 'kill leader',
    does: 'Kills the container of the etcd leader; the others elect a new one, and Patroni keeps its leader.',
    breaks: [{ fault: { kind: 'kill' }, target: 'etcd.leader' }],
    expects: { etcd: expected('etcd', 'new-leader'), patroni: goesOn('patroni') },
    ...mended,
  },
  {
    id: 'etcd-follower-kill',
    label: 'kill follower',
    does: 'Kills an etcd follower; the quorum stands, and writes go on.',
    breaks: [{ fault: { kind: 'kill' }, target: 'etcd.follower' }],
    expects: { etcd: goesOn('etcd'), patroni: goesOn('patroni') },
    ...heldFor(aWhile),
  },
  {
    id: 'etcd-move-leader',
    label: 'move leader',
    does: 'Asks the etcd leader to hand over to a follower.',
    breaks: [{ fault: { kind: 'etcd-move-leader' }, target: 'etcd.leader' }],
    expects: { etcd: expected('etcd', 'new-leader', { outage: 'none' }), patroni: goesOn('patroni') },
    ...nothingToMend,
  },
  {
    id: 'etcd-quorum-loss',
    label: 'lose quorum',
    does: 'Kills a majority of etcd, so that nobody writes until it is mended: Patroni goes read-only without its etcd.',
    breaks: [{ fault: { kind: 'kill' }, target: 'etcd.majority' }],
    expects: {
      etcd: expected('etcd', 'either', { outage: 'until-healed' }),
      patroni: expected('patroni', 'either', { outage: 'until-healed' }),
    },
    hold: { ms: untilReadOnly },
    beyondTolerance: true,
  },
];

const otherDrills: readonly Drill[] = [
  {
    id: 'slow-network',
    label: 'slow network',
    does: 'Answers of the sync standby take 100 ms longer, so that every commit waits for them.',
    breaks: [{ fault: { kind: 'delay', ms: 100, jitterMs: 20 }, target: 'patroni.sync_standby' }],
    expects: { patroni: goesOn('patroni') },
    ...heldFor(slowFor),
  },
  {
    id: 'network-loss',
    label: 'lose packets',
    does: 'The sync standby loses 20 % of its packets, so that commits wait for what is sent again.',
    breaks: [{ fault: { kind: 'loss', percent: 20 }, target: 'patroni.sync_standby' }],
    expects: { patroni: expected('patroni', 'same-leader') },
    ...heldFor(slowFor),
  },
  {
    id: 'network-rate',
    label: 'narrow network',
    does: 'The sync standby sends at most 256 kbit/s.',
    breaks: [{ fault: { kind: 'rate', kbit: 256 }, target: 'patroni.sync_standby' }],
    expects: { patroni: goesOn('patroni') },
    ...heldFor(slowFor),
  },
  {
    id: 'cascade',
    label: 'all at once',
    does: 'Kills the etcd leader, the Patroni leader and the Redis master at once.',
    breaks: [
      { fault: { kind: 'kill' }, target: 'etcd.leader' },
      { fault: { kind: 'kill' }, target: 'patroni.leader' },
      { fault: { kind: 'kill' }, target: 'redis.master' },
    ],
    expects: { etcd: expected('etcd', 'new-leader'), ...newLeader, ...newMaster },
    ...mended,
  },
];

/** THE list of drills, in the order in which everything lists them. */
export const catalogue: readonly Drill[] = [...patroniDrills, ...redisDrills, ...etcdDrills, ...otherDrills];
