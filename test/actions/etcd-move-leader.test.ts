import { expect, test } from 'vitest';
import { moveEtcdLeader } from '../../source/actions/etcd-move-leader.ts';
import type { Access } from '../../source/engine/types.ts';
import { startHttp } from '../drills/fake-etcd.ts';
import { three } from '../drills/signals.ts';
import { accessTo } from '../probes/fake-server.ts';

// Larger than a double holds.
const ids = ['5507989300309919293', '13527276051533736772', '3905924939070749999'];

/** Three members that follow the second; the third may be a learner. */
async function cluster({ learner = false, refuses = false } = {}) {
  const moves: { member: string; body: unknown }[] = [];
  const access: Access[] = [];
  for (const [index, member] of three('etcd').entries()) {
    const { port } = await startHttp((path, body) => {
      const header = { member_id: ids[index] };
      const isLearner = learner && index === 2;
      if (path === '/v3/maintenance/status') return { body: { header, leader: ids[1], raftTerm: '3', isLearner } };
      moves.push({ member: member.name, body });
      return refuses ? { status: 500, body: { error: 'etcdserver: request timed out' } } : { body: { header } };
    });
    access.push({ ...accessTo(port, 'etcd'), member });
  }
  return { access, moves };
}

test('the leader is told to hand over, the id with all its digits', async () => {
  const { access, moves } = await cluster();
  expect(await moveEtcdLeader({ access, to: 'etcd3' })).toBe('etcd2 handed leadership to etcd3');
  expect(moves).toEqual([{ member: 'etcd2', body: { targetID: ids[2] } }]);
});

test('nobody named: the first other member', async () => {
  const { access } = await cluster();
  expect(await moveEtcdLeader({ access, to: null })).toBe('etcd2 handed leadership to etcd1');
});

test.each(['etcd2', 'etcd3', 'etcd9'])('%s, being leader, a learner, or unknown, is refused before', async (to) => {
  const { access, moves } = await cluster({ learner: true });
  await expect(moveEtcdLeader({ access, to })).rejects.toMatchObject({ kind: 'rejected' });
  expect(moves).toEqual([]);
});

test("a refusal is told in etcd's words", async () => {
  const { access } = await cluster({ refuses: true });
  await expect(moveEtcdLeader({ access, to: null })).rejects.toThrow(/said no: etcdserver: request timed out/);
});
