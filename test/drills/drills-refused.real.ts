import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { catalogue } from '../../source/drills/catalogue.ts';
import type { DrillPlan } from '../../source/drills/types.ts';
import { runCli } from '../helpers/cli.ts';
import { drill, leftovers } from '../helpers/drill.ts';
import { containerOf, docker, ensureStack, healthy, ofStack, ours } from '../helpers/stack.ts';

beforeAll(ensureStack);

/** What the engine has told of our containers since; health checks are none of it. */
async function changesSince(epochS: number): Promise<readonly string[]> {
  const stream = await docker.getEvents({
    since: epochS,
    until: Math.floor(Date.now() / 1000) + 1,
    filters: {
      label: ofStack,
      event: ['kill', 'die', 'stop', 'start', 'pause', 'unpause'],
    },
  });
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text.split('\n').filter(Boolean);
}

describe('on a stack that is well', () => {
  let begun: number;
  beforeEach(() => {
    begun = Math.floor(Date.now() / 1000) + 1;
  });

  test('--dry-run plans, changes nothing and exits 0', async () => {
    const { code, stdout } = await runCli(['drill', 'cascade', '--dry-run', '--json', ...ours]);
    expect(code).toBe(0);
    const plan = JSON.parse(stdout) as DrillPlan;
    expect(plan.missing).toEqual([]);
    expect(plan.breaks.flatMap(({ targets }) => targets.map(({ system }) => system)).sort()).toEqual([
      'etcd',
      'patroni',
      'redis',
    ]);
    expect(plan.predictions.patroni?.maxMs).toBeGreaterThan(0);
    expect(await changesSince(begun)).toEqual([]);
    expect(await leftovers()).toEqual([]);
  });

  test.each([
    ['without a terminal and without --yes', ['redis-switchover'], /^paws-top: without a terminal .* needs --yes\n$/],
    ['with --read-only', ['redis-switchover', '--yes', '--read-only'], /^paws-top: [^\n]*--read-only[^\n]*\n$/],
    ['a name that no drill has', ['redis-master-kil', '--yes'], /^[^\n]*redis-master-kil[^\n]*\n$/],
    ['no name', ['--yes'], /^[^\n]*which drill[^\n]*\n$/],
    ['a file that is not there', ['--file', 'nowhere.yaml', '--yes'], /^[^\n]*nowhere\.yaml[^\n]*\n$/],
  ])('%s it is not run: one line, exit 64', async (_, words, says) => {
    const { code, stdout, stderr } = await runCli(['drill', ...words, ...ours]);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toMatch(says);
    expect(await changesSince(begun)).toEqual([]);
  });

  test('a wrong name is answered with all that there are', async () => {
    const { stderr } = await runCli(['drill', 'redis-master-kil', '--yes', ...ours]);
    for (const { id } of catalogue) expect(stderr).toContain(id);
  });
});

describe('on a stack that is degraded', () => {
  beforeAll(async () => {
    await (await containerOf('sentinel3')).stop();
  });
  afterAll(async () => {
    await (await containerOf('sentinel3')).start();
    await healthy();
    expect(await leftovers()).toEqual([]);
  });

  test('what it concerns is not run: exit 2, with a sentence', async () => {
    const begun = Math.floor(Date.now() / 1000) + 1;
    const [headless, dry] = await Promise.all([
      drill('redis-master-kill'),
      runCli(['drill', 'redis-master-kill', '--dry-run', ...ours]),
    ]);
    expect(headless).toMatchObject({ code: 2, report: { verdict: 'not-run', injectedAt: null, systems: [] } });
    expect(headless.report?.why).toMatch(/Sentinel is degraded \(.*sentinel3.*\): wait until it is ok/);
    expect(dry.code).toBe(2);
    expect(dry.stdout).toContain(headless.report?.why.replace(/\.$/, ''));
    expect(await changesSince(begun)).toEqual([]);
  });
});
