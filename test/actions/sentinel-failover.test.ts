import { expect, test } from 'vitest';
import { failOverSentinel } from '../../source/actions/sentinel-failover.ts';
import { type Reply, startRedis } from '../probes/fake-redis.ts';
import { accessTo, closedPort } from '../probes/fake-server.ts';

/** A Sentinel of these masters that notes what it is told to fail over. */
async function sentinel(masters: readonly string[], answer: Reply = 'OK') {
  const asked: string[] = [];
  const { port } = await startRedis(([name, verb, master = '']) => {
    if (name !== 'sentinel') return 'OK';
    if (verb === 'masters') return masters.map((called) => ['name', called, 'ip', '10.0.0.1']);
    asked.push(master);
    return answer;
  });
  return { access: accessTo(port, 'sentinel'), asked };
}

test('the first Sentinel that answers is asked, for the master that it watches', async () => {
  const [one, two] = [await sentinel(['paws']), await sentinel(['paws'])];
  const down = accessTo(await closedPort(), 'sentinel');
  expect(await failOverSentinel({ access: [down, one.access, two.access], masterName: null })).toBe(
    'sentinel1 fails paws over',
  );
  expect([one.asked, two.asked]).toEqual([['paws'], []]);
});

test('a refusal is final, and in its own words', async () => {
  const refusal = new Error('NOGOODSLAVE No suitable replica to promote');
  const [one, two] = [await sentinel(['paws'], refusal), await sentinel(['paws'])];
  await expect(failOverSentinel({ access: [one.access, two.access], masterName: 'paws' })).rejects.toThrow(
    /said no: NOGOODSLAVE No suitable replica/,
  );
  expect(two.asked).toEqual([]);
});

test('of two masters one has to be named', async () => {
  const { access, asked } = await sentinel(['paws', 'cats']);
  await expect(failOverSentinel({ access: [access], masterName: null })).rejects.toThrow(
    /watches 2 masters: paws, cats/,
  );
  expect(asked).toEqual([]);
  await failOverSentinel({ access: [access], masterName: 'cats' });
  expect(asked).toEqual(['cats']);
});

test('when none answers, why is told', async () => {
  const access = [accessTo(await closedPort(), 'sentinel')];
  await expect(failOverSentinel({ access, masterName: null })).rejects.toMatchObject({ kind: 'refused' });
});
