import type { Access } from '../engine/types.ts';
import type { FaultGround } from './faults.ts';
import type { Seen } from './types.ts';

/** The faults that are requests to the systems themselves; each is loaded when it is made. */
export function leadershipOver(
  access: readonly Access[],
  { report }: Seen,
  note: (source: string, text: string, at: number) => void,
): FaultGround['leadership'] {
  const masterName = report.redis?.masterName ?? null;
  return {
    'patroni-switchover': {
      run: async ({ name }) => {
        const { switchOverPatroni } = await import('../actions/patroni-switchover.ts');
        return switchOverPatroni({ access, leader: name, candidate: null });
      },
    },
    'patroni-failover': {
      run: async ({ name }) => {
        const { failOverPatroni } = await import('../actions/patroni-switchover.ts');
        const others = (report.patroni?.members ?? []).filter((member) => member.name !== name);
        const candidate = others.find(({ role }) => role === 'sync_standby') ?? others[0];
        return failOverPatroni({ access, candidate: candidate?.name ?? name });
      },
    },
    'sentinel-failover': {
      run: async () => {
        const { failOverSentinel } = await import('../actions/sentinel-failover.ts');
        return failOverSentinel({ access, masterName });
      },
    },
    'etcd-move-leader': {
      run: async () => {
        const { moveEtcdLeader } = await import('../actions/etcd-move-leader.ts');
        return moveEtcdLeader({ access, to: null });
      },
    },
    'redis-switchover': {
      undo: async () => {
        const { redisSwitchoverUndo } = await import('../actions/redis-settle.ts');
        return [await redisSwitchoverUndo(access)];
      },
      run: async () => {
        const { switchOverRedis } = await import('../actions/redis-switchover.ts');
        return switchOverRedis({ access, candidate: null, onStep: ({ at, text }) => note('paws-top', text, at) });
      },
    },
  };
}
