import { expect, test } from 'vitest';
import { failOverPatroni, switchOverPatroni } from '../../source/actions/patroni-switchover.ts';
import type { Access } from '../../source/engine/types.ts';
import { startHttp } from '../drills/fake-etcd.ts';
import { three } from '../drills/signals.ts';
import { accessTo, closedPort } from '../probes/fake-server.ts';

type Answer = { readonly status: number; readonly text: string };

const one = (): string => 'pg-one';

/** A Patroni of three whose leader is the first; POSTs are answered by `answer`. */
async function cluster(answer: Answer, { sync = true, leader = one, asked = [] as unknown[] } = {}) {
  const access: Access[] = [];
  const names = ['pg-one', 'pg-two', 'pg-three'];
  for (const [index, member] of three('patroni').entries()) {
    const { port } = await startHttp((path, body, _response, { headers, method }) => {
      const role = leader() === names[index] ? 'primary' : 'replica';
      if (path === '/patroni') {
        return { body: { state: 'running', role, patroni: { name: names[index], scope: 'x', version: '4.0.7' } } };
      }
      if (path === '/cluster') return { body: { members: names.map((name) => ({ name, role: roleOf(name) })) } };
      asked.push({ member: member.name, path: `${method} ${path}`, body, authorization: headers.authorization });
      return { status: answer.status, body: answer.text };
    });
    const roleOf = (name: string) =>
      name === leader() ? 'leader' : sync && name === 'pg-three' ? 'sync_standby' : 'replica';
    const credentials = { username: 'me', password: 'a secret' };
    access.push({ ...accessTo(port, 'patroni'), member: { ...member, aliases: [names[index] ?? ''] }, credentials });
  }
  return { access, asked };
}

const fine = { status: 200, text: 'Successfully switched over to "pg-three"' };

test('the leader is asked, by the names that Patroni knows, for the sync standby', async () => {
  const { access, asked } = await cluster(fine);
  expect(await switchOverPatroni({ access, leader: 'patroni1', candidate: null })).toBe(fine.text);
  expect(asked).toEqual([
    {
      member: 'patroni1',
      path: 'POST /switchover',
      body: { leader: 'pg-one', candidate: 'pg-three' },
      authorization: `Basic ${btoa('me:a secret')}`,
    },
  ]);
});

test('without a sync standby the choice is left to Patroni', async () => {
  const { access, asked } = await cluster(fine, { sync: false });
  await switchOverPatroni({ access, leader: 'patroni1', candidate: null });
  expect(asked).toMatchObject([{ body: { leader: 'pg-one' } }]);
  expect(asked).not.toMatchObject([{ body: { candidate: expect.anything() } }]);
});

test('a refusal is told in its own words, and the password is not', async () => {
  const { access } = await cluster({ status: 412, text: 'candidate name does not match with sync_standby' });
  const refused = switchOverPatroni({ access, leader: 'patroni1', candidate: 'patroni2' });
  await expect(refused).rejects.toMatchObject({
    kind: 'rejected',
    message: expect.stringMatching(/^patroni1 .* said no: HTTP 412, candidate name does not match with sync_standby$/),
  });
  await expect(refused).rejects.not.toThrow(/secret/);
});

test('an unknown status is watched on, and good when somebody else leads in the end', async () => {
  const unknown = { status: 503, text: 'Switchover status unknown' };
  let looks = 0;
  const leader = () => (asked.length > 0 && ++looks > 4 ? 'pg-two' : 'pg-one');
  const asked: unknown[] = [];
  const { access } = await cluster(unknown, { leader, asked });
  expect(await switchOverPatroni({ access, leader: 'patroni1', candidate: 'patroni2' })).toBe(unknown.text);
  expect(asked).toHaveLength(1);
});

test('a switchover that failed is not watched on', async () => {
  const { access } = await cluster({ status: 503, text: 'Switchover failed' });
  const startedAt = performance.now();
  await expect(switchOverPatroni({ access, leader: 'patroni1', candidate: null })).rejects.toThrow(/Switchover failed/);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

test('a failover names only the candidate, and is asked of whoever answers', async () => {
  const { access, asked } = await cluster(fine);
  const [first, ...others] = access;
  if (first === undefined) throw new Error('no members');
  const dead = { ...first, endpoint: { via: 'published', host: '127.0.0.1', port: await closedPort() } } as const;
  await failOverPatroni({ access: [dead, ...others], candidate: 'patroni2' });
  expect(asked).toMatchObject([{ member: 'patroni2', path: 'POST /failover', body: { candidate: 'pg-two' } }]);
});

test('when nobody answers nothing is sent', async () => {
  const endpoint = { via: 'published', host: '127.0.0.1', port: await closedPort() } as const;
  const access = three('patroni').map((member) => ({ ...accessTo(1, 'patroni'), member, endpoint }));
  await expect(switchOverPatroni({ access, leader: 'patroni1', candidate: null })).rejects.toMatchObject({
    kind: 'unreachable',
  });
});
