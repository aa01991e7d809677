import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { moveLeadership } from '../../source/actions/leave-leadership.ts';
import { patroniWays, readPatroni } from '../../source/actions/patroni-rest.ts';
import { readSyncNodeCount } from '../../source/actions/patroni-sync.ts';
import type { ProfilePlan, ProfileStep } from '../../source/actions/profile-types.ts';
import { openNodes, priorityOf } from '../../source/actions/redis-nodes.ts';
import type { ActionMeans, Seen } from '../../source/actions/types.ts';
import { runCli } from '../helpers/cli.ts';
import { callWriter } from '../helpers/outside-writer.ts';
import { cli, plainEnvironment } from '../helpers/pty.ts';
import { docker, ensureStack, eventually, ofStack, ours } from '../helpers/stack.ts';
import { withMeans } from '../helpers/stack-means.ts';

/** What a client may miss of either, ms. */
const longestOutageMs = 5_000;

beforeAll(ensureStack);
afterAll(ensureStack);

/** Patroni's leader on patroni3, Redis' master on redis3: both leave with the full profile. */
const leadersOnTheLast = (means: ActionMeans): Promise<unknown> =>
  moveLeadership({
    means,
    staying: new Set(['etcd1', 'etcd2', 'etcd3', 'patroni3', 'redis3']),
    say: () => {},
    signal: AbortSignal.timeout(60_000),
  });

type Change = { readonly plan: ProfilePlan; readonly steps: readonly (ProfileStep & { readonly ms: number })[] };

async function changeTo(profile: string): Promise<Change> {
  const { code, stdout, stderr } = await runCli(['profile', profile, '--yes', '--json', ...ours], {
    timeoutMs: 90_000,
  });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Change;
}

async function planFor(profile: string): Promise<ProfilePlan> {
  const { stdout } = await runCli(['profile', profile, '--dry-run', '--json', ...ours]);
  return (JSON.parse(stdout) as { plan: ProfilePlan }).plan;
}

/**
 * What the engine tells of the project's containers from now on, oldest first: `destroy redis2`. Followed, because it
 * keeps few events, and every health check makes three.
 */
async function engineTells() {
  const stream = await docker.getEvents({
    filters: {
      label: ofStack,
      type: ['container'],
      event: ['create', 'start', 'stop', 'die', 'destroy', 'pause', 'restart'],
    },
  });
  const told: string[] = [];
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter(Boolean)) {
      const { Action, Actor } = JSON.parse(line) as { Action: string; Actor: { Attributes: Record<string, string> } };
      told.push(`${Action} ${Actor.Attributes['com.docker.compose.service']}`);
    }
  });
  return {
    /** Everything since it was asked last. */
    take: () => told.splice(0),
    close: () => (stream as unknown as { destroy(): void }).destroy(),
  };
}

/** Who led Patroni after each switch so far, by its own history. */
async function historyOf(means: ActionMeans): Promise<readonly unknown[]> {
  const access = await means.access();
  const answers = await Promise.all(
    patroniWays(access).map((way) =>
      fetch(`http://${way.endpoint?.host}:${way.endpoint?.port}/history`).then(
        (answer) => answer.json() as Promise<unknown[][]>,
        () => [],
      ),
    ),
  );
  return answers.toSorted((a, b) => b.length - a.length)[0]?.map((line) => line[4]) ?? [];
}

async function settingsOf(means: ActionMeans) {
  const access = await means.access();
  const nodes = openNodes(access);
  try {
    return {
      syncNodeCount: await readSyncNodeCount(access),
      config: await readPatroni(patroniWays(access)[0], '/config'),
      priorities: await Promise.all(nodes.redis.map(priorityOf)),
    };
  } finally {
    nodes.close();
  }
}

const stepsOf = ({ steps }: Pick<ProfilePlan, 'steps'>) => steps.map(({ kind, names }) => `${kind} ${names.join(' ')}`);
const toldOf = ({ plan, steps }: Change) =>
  `${plan.from} → ${plan.to}: ${steps.map(({ kind, names, ms }) => `${kind} ${names[0] ?? ''} ${ms} ms`).join(', ')}`;
const isWhole = ({ report }: Seen, profile: string) => report.profile === profile && report.verdict.level === 'ok';
const only = (told: readonly string[], action: string) =>
  told.filter((line) => line.startsWith(`${action} `)).map((line) => line.slice(action.length + 1));

test('full, minimal, full, backend, full: nothing lost, no outage over 5 s, and each as it was planned', async () => {
  await withMeans(async (means) => {
    await leadersOnTheLast(means);
    const before = await settingsOf(means);
    const writer = await callWriter();
    const events = await engineTells();
    try {
      for (const profile of ['minimal', 'full', 'backend', 'full']) {
        const [plan, history] = [await planFor(profile), await historyOf(means)];
        const master = means.seen()?.report.redis?.master;
        const begunAt = Date.now();
        const change = await changeTo(profile);
        const { report } = await means.until((seen) => isWhole(seen, profile), { deadlineMs: 5_000, what: profile });
        const told = events.take();

        expect(stepsOf(change)).toEqual(stepsOf(plan));
        const named = (kind: ProfileStep['kind']) => plan.steps.filter((step) => step.kind === kind);
        const gone = named('remove').flatMap(({ names }) => names);
        const come = named('start').flatMap(({ names }) => names);
        for (const action of ['stop', 'die', 'destroy']) expect(only(told, action)).toEqual(gone);
        for (const action of ['create', 'start']) expect(only(told, action).toSorted()).toEqual(come.toSorted());
        expect([...only(told, 'pause'), ...only(told, 'restart')]).toEqual([]);
        const led = named('patroni-switchover').map(({ names }) => names[0]);
        expect((await historyOf(means)).slice(history.length)).toEqual(led);
        expect(report.redis?.master).toBe(named('redis-switchover')[0]?.names[0] ?? master);

        const outage = writer.gapsSince(begunAt);
        process.stdout.write(
          `${toldOf(change)}; longest outage Postgres ${outage.postgres} ms, Redis ${outage.redis} ms\n`,
        );
        const memory = report.containers.reduce((sum, { memoryBytes }) => sum + (memoryBytes ?? 0), 0);
        process.stdout.write(`memory of ${profile}: ${(memory / 2 ** 20).toFixed(0)} MB\n`);
        expect(outage.postgres).toBeLessThanOrEqual(longestOutageMs);
        expect(outage.redis).toBeLessThanOrEqual(longestOutageMs);
      }
      const { postgres, redis } = await writer.stop();
      process.stdout.write(`written: ${JSON.stringify({ postgres, redis })}\n`);
      expect([postgres.lost, redis.lost]).toEqual([0, 0]);
      expect(Math.min(postgres.acked, redis.acked)).toBeGreaterThan(100);
      expect(await settingsOf(means)).toEqual(before);
    } finally {
      events.close();
      await writer.remove();
    }
  });
}, 240_000);

/** Runs the command until this is so, and kills it in that moment. */
async function killedWhen(profile: string, so: () => Promise<boolean>): Promise<void> {
  const child = spawn(process.execPath, [cli, 'profile', profile, '--yes', ...ours], {
    env: plainEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  await eventually(async () => (child.exitCode !== null || (await so()) ? true : null), 60_000);
  child.kill('SIGKILL');
  expect({ ...(await ended), said }).toEqual({ code: null, signal: 'SIGKILL', said });
}

const exists = async (service: string): Promise<boolean> => {
  const all = await docker.listContainers({ all: true, filters: { label: ofStack } });
  return all.some(({ Labels }) => Labels['com.docker.compose.service'] === service);
};
const running = async (): Promise<number> => (await docker.listContainers({ filters: { label: ofStack } })).length;

test('killed in the middle of each step, the same command finishes, and no setting stays changed', async () => {
  await withMeans(async (means) => {
    await leadersOnTheLast(means);
    const before = await settingsOf(means);
    const writer = await callWriter();
    const access = await means.access();
    const nodes = openNodes(access);
    try {
      const [first] = nodes.redis;
      if (first === undefined) throw new Error('there is no redis1');
      const preferred = async () => (await priorityOf(first)) === 1;
      await killedWhen('minimal', async () => (await readSyncNodeCount(access)) !== null);
      const leads = (name: string) => means.seen()?.report.patroni?.leader === name;
      await killedWhen('minimal', async () => leads('patroni1') && (await preferred()));
      await killedWhen('minimal', async () => !(await exists('sentinel2')));
      await changeTo('minimal');
      expect(await settingsOf(means)).toEqual({ ...before, priorities: before.priorities.slice(0, 1) });
      await killedWhen('full', () => exists('redis2'));
      await changeTo('full');
      await killedWhen('backend', async () => !(await exists('redis3')));
      await changeTo('backend');
      await killedWhen('full', async () => (await running()) === 13);
      await changeTo('full');
      await means.until((seen) => isWhole(seen, 'full'), { deadlineMs: 5_000, what: 'full' });
      expect(await settingsOf(means)).toEqual(before);
      const { postgres, redis } = await writer.stop();
      process.stdout.write(`written: ${JSON.stringify({ postgres, redis })}\n`);
      expect([postgres.lost, redis.lost]).toEqual([0, 0]);
    } finally {
      nodes.close();
      await writer.remove();
    }
  });
}, 300_000);
