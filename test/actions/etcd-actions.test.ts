import { expect, test } from 'vitest';
import { etcdActions } from '../../source/actions/etcd-actions.ts';
import type { Action } from '../../source/actions/types.ts';
import type { Access } from '../../source/engine/types.ts';
import { startHttp } from '../drills/fake-etcd.ts';
import { three } from '../drills/signals.ts';
import { claiming, etcdId, having, healthySnapshot } from '../helpers/snapshots.ts';
import { accessTo } from '../probes/fake-server.ts';
import { cluster, fakeMeans } from './fake-means.ts';

const named = (id: string): Action => {
  const found = etcdActions.find((action) => action.id === id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
};

/** Three members whose gateways note what they are asked. */
async function gateways(onAsk: () => void) {
  const asked: string[] = [];
  const access: Access[] = [];
  for (const member of three('etcd')) {
    const { port } = await startHttp((path, body) => {
      asked.push(`${member.name} ${path} ${JSON.stringify(body)}`);
      onAsk();
      return { body: {} };
    });
    access.push({ ...accessTo(port, 'etcd'), member });
  }
  return { access, asked };
}

test('defragmenting goes from member to member, the leader last, and tells what was freed', async () => {
  const smaller = () =>
    having(
      healthySnapshot(),
      claiming('etcd', 'etcd1', ({ dbBytes }) => ({ dbBytes: dbBytes / 2 })),
    );
  const { access, asked } = await gateways(() => fake.change(smaller()));
  const fake = fakeMeans(healthySnapshot(), { access });
  const given = fake.running([cluster('etcd')]);
  const { literal } = await named('etcd.defragment').preview(given);
  const before = given.seen.report.etcd?.members[0]?.dbBytes ?? 0;
  const result = await named('etcd.defragment').run(given);
  expect(asked).toEqual(['etcd1', 'etcd3', 'etcd2'].map((name) => `${name} /v3/maintenance/defragment {}`));
  expect(literal).toEqual(
    ['etcd1', 'etcd3', 'etcd2'].map((name) => `POST /v3/maintenance/defragment {}   # at ${name}`),
  );
  expect(result).toMatch(/^etcd1, etcd3 and etcd2 defragmented, \S+ freed$/);
  expect(before).toBeGreaterThan(0);
});

test('an alarm is taken back at one member, named by its id with all digits', async () => {
  const alarmed = having(
    healthySnapshot(),
    ...['etcd1', 'etcd2', 'etcd3'].map((name) =>
      claiming('etcd', name, () => ({ alarms: [{ memberId: etcdId('etcd2'), alarm: 'NOSPACE' }] })),
    ),
  );
  const { access, asked } = await gateways(() => fake.change(healthySnapshot()));
  const fake = fakeMeans(alarmed, { access });
  const given = fake.running([cluster('etcd')]);
  expect((await named('etcd.disarm').preview(given)).effects[1]).toMatch(/^NOSPACE comes back/);
  expect(await named('etcd.disarm').run(given)).toBe('no alarm is raised any more');
  const memberID = BigInt(`0x${etcdId('etcd2')}`).toString();
  const body = JSON.stringify({ action: 'DEACTIVATE', memberID, alarm: 'NOSPACE' });
  expect(asked).toEqual([`etcd1 /v3/maintenance/alarm ${body}`]);
});
