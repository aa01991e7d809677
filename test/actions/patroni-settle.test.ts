import { expect, test } from 'vitest';
import { patroniSettleFor, settlePatroni } from '../../source/actions/patroni-settle.ts';
import type { Access } from '../../source/engine/types.ts';
import { startHttp } from '../drills/fake-etcd.ts';
import { three } from '../drills/signals.ts';
import { accessTo, closedPort } from '../probes/fake-server.ts';

/** A Patroni of three with one configuration; the first has no REST interface that answers. */
async function cluster(config: Record<string, unknown>) {
  const asked: unknown[] = [];
  const [first, ...others] = three('patroni');
  const access: Access[] = first === undefined ? [] : [{ ...accessTo(await closedPort(), 'patroni'), member: first }];
  for (const member of others) {
    const { port } = await startHttp((path, body, _response, { method }) => {
      if (method === 'GET' && path === '/config') return { body: config };
      asked.push({ method, path, body });
      for (const [key, value] of Object.entries(body as object)) {
        if (value === null) delete config[key];
        else config[key] = value;
      }
      return { body: config };
    });
    access.push({ ...accessTo(port, 'patroni'), member });
  }
  return { access, asked, config };
}

test('a setting that was not there is taken out again, and twice is as good as once', async () => {
  const { access, asked, config } = await cluster({ ttl: 20 });
  const settle = await patroniSettleFor(access);
  config.synchronous_node_count = 2;
  expect(await settlePatroni(settle, access)).toBe('synchronous_node_count is unset again');
  expect(await settlePatroni(settle, access)).toBeNull();
  expect(config).toEqual({ ttl: 20 });
  expect(asked).toEqual([{ method: 'PATCH', path: '/config', body: { synchronous_node_count: null } }]);
});

test('a setting that had a value has it again', async () => {
  const { access, config } = await cluster({ synchronous_node_count: 1 });
  const settle = await patroniSettleFor(access);
  config.synchronous_node_count = 4;
  expect(await settlePatroni(settle, access)).toBe('synchronous_node_count is 1 again');
  expect(config).toEqual({ synchronous_node_count: 1 });
});

test('where nobody answers, that is said', async () => {
  const { access } = await cluster({});
  await expect(
    settlePatroni(
      { op: 'patroni-settle', name: 'synchronous_node_count', patch: { synchronous_node_count: null } },
      access.slice(0, 1),
    ),
  ).rejects.toMatchObject({ name: 'StackError' });
});
