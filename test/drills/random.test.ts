import { describe, expect, test } from 'vitest';
import { catalogue } from '../../source/drills/catalogue.ts';
import { drawDrills } from '../../source/drills/random.ts';

const draw = (seed: number, steps: number, drills = catalogue) =>
  drawDrills({ seed, steps, drills }).map((drill) => drill.id);

describe('drills drawn by a seed', () => {
  test('seed 7, twenty steps: always these', () => {
    expect(draw(7, 20)).toMatchInlineSnapshot(`
      [
        "cascade",
        "etcd-leader-kill",
        "slow-network",
        "patroni-switchover",
        "patroni-leader-stop",
        "patroni-leader-kill",
        "patroni-leader-stop",
        "network-rate",
        "patroni-replica-kill",
        "redis-master-kill",
        "network-rate",
        "etcd-move-leader",
        "redis-master-kill",
        "patroni-leader-stop",
        "network-loss",
        "patroni-leader-partition",
        "patroni-failover",
        "patroni-postgres-crash",
        "patroni-failover",
        "slow-network",
      ]
    `);
  });

  test('the order in which they are offered does not matter', () => {
    expect(draw(7, 20, catalogue.toReversed())).toEqual(draw(7, 20));
  });

  test('another seed gives another list, and more steps begin with the same ones', () => {
    expect(draw(8, 20)).not.toEqual(draw(7, 20));
    expect(draw(7, 30).slice(0, 20)).toEqual(draw(7, 20));
  });

  test('nothing past the tolerance, nothing twice in a row, and in the long run everything else', () => {
    const drawn = draw(1, 2000);
    expect(drawn.filter((id, index) => id === drawn[index - 1])).toEqual([]);
    const safe = catalogue.filter((drill) => !drill.beyondTolerance).map((drill) => drill.id);
    expect(new Set(drawn)).toEqual(new Set(safe));
  });

  test('from one drill it is drawn again and again, from none nothing is', () => {
    expect(draw(7, 3, catalogue.slice(0, 1))).toEqual(Array(3).fill(catalogue[0]?.id));
    expect(draw(7, 3, [])).toEqual([]);
  });
});
