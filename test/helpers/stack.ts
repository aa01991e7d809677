import { setTimeout as pause } from 'node:timers/promises';
import Docker from 'dockerode';
import { onTestFinished } from 'vitest';
import type { Report } from '../../source/stack/report.ts';
import { runCli } from './cli.ts';
import { inTurn } from './turn.ts';

/** The engine as the tests reach it: DOCKER_HOST, else Docker's socket. */
export const docker = new Docker();

/** The stack that is tested. */
export const project = process.env.PAWS_PROJECT ?? 'paws';

/** Said in so many words, since a developer's machine may have other stacks too. */
export const ours = ['--project', project];

/** One look at a stack, as a script has it. */
export async function status(stack = project): Promise<{ code: number | null; report: Report; ms: number }> {
  const { code, stdout, stderr, ms } = await runCli(['status', '--json', '--project', stack]);
  try {
    return { code, report: JSON.parse(stdout) as Report, ms };
  } catch (error) {
    throw new Error(`status --json printed no JSON, exit ${code}: ${stdout}${stderr}`, { cause: error });
  }
}

/** The full stack as this tree has it, healthy, whatever was there before: nothing at all included. For `beforeAll`. */
export async function ensureStack(): Promise<void> {
  const { code, stdout, stderr } = await runCli(['up', 'full', '--install', ...ours], { timeoutMs: 590_000 });
  if (code !== 0) throw new Error(`up full --install: exit ${code}\n${stdout}\n${stderr}`);
}

/**
 * The images of the stack, for files that run beside it and leave it alone: where one is missing, the stack is brought up
 * once, in its turn. For `beforeAll`.
 */
export async function ensureImages(): Promise<void> {
  const images = ['etcd', 'patroni', 'redis', 'backend'].map((system) => docker.getImage(`paws-top/${system}:latest`));
  try {
    await Promise.all(images.map((image) => image.inspect()));
  } catch {
    await inTurn('stack', ensureStack); // not there, or no engine yet
  }
}

/** Labels of what Compose has started: its images carry project and service too, and so does whatever is run of one by hand. */
export const ofStack = [`com.docker.compose.project=${project}`, 'com.docker.compose.container-number'];

const containers = (): Promise<Docker.ContainerInfo[]> =>
  docker.listContainers({ all: true, filters: { label: ofStack } });

/** The container of a service of our stack. */
export async function containerOf(service: string): Promise<Docker.Container> {
  const found = (await containers()).find(({ Labels }) => Labels['com.docker.compose.service'] === service);
  if (found === undefined) throw new Error(`no container for ${service}`);
  return docker.getContainer(found.Id);
}

/** What can be done to a container, each with its way back. */
const faults = {
  kill: { inject: (target: Docker.Container) => target.kill(), undo: (target: Docker.Container) => target.start() },
  stop: { inject: (target: Docker.Container) => target.stop({ t: 5 }), undo: (target) => target.start() },
  pause: { inject: (target: Docker.Container) => target.pause(), undo: (target) => target.unpause() },
} satisfies Record<string, Record<'inject' | 'undo', (target: Docker.Container) => Promise<unknown>>>;

/**
 * Breaks a member of the stack for the length of a test. However the test ends, this is undone and the stack is waited
 * for; the returned function undoes it earlier.
 */
export async function broken(fault: keyof typeof faults, service: string): Promise<() => Promise<void>> {
  const target = await containerOf(service);
  let undone: Promise<void> | null = null;
  const undo = () => {
    undone ??= (async () => {
      await faults[fault].undo(target);
    })();
    return undone;
  };
  onTestFinished(async () => {
    await undo();
    await healthy();
  }, 120_000);
  await faults[fault].inject(target);
  return undo;
}

/** Waits until `status` exits 0; tells how long that took, in ms. */
export async function healthy(timeoutMs = 100_000): Promise<number> {
  const begun = performance.now();
  const { code, stdout, stderr } = await runCli(['status', '--wait', '--timeout', String(timeoutMs / 1000), ...ours], {
    timeoutMs: timeoutMs + 10_000,
  });
  if (code !== 0) throw new Error(`not healthy after ${timeoutMs} ms, exit ${code}:\n${stdout}${stderr}`);
  return performance.now() - begun;
}

/** Asks until the answer is given; its last error or null at the deadline fails. A question at a time, 50 ms apart. */
export async function eventually<T>(ask: () => Promise<T | null> | T | null, timeoutMs: number): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await Promise.resolve()
      .then(ask)
      .catch((error: unknown) => {
        if (performance.now() >= deadline) throw error;
        return null;
      });
    if (answer !== null) return answer;
    if (performance.now() >= deadline) throw new Error(`not within ${timeoutMs} ms`);
    await pause(50);
  }
}

/** What the engine tells of a container from now on; each `next` waits for one more event of that action. */
export async function engineEvents(service: string) {
  const { id } = await containerOf(service);
  const stream = await docker.getEvents({ filters: { container: [id], type: ['container'] } });
  const seen: { action: string; at: number }[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter(Boolean)) {
      const { Action, timeNano } = JSON.parse(line) as { Action: string; timeNano: number };
      seen.push({ action: Action, at: timeNano / 1e6 });
    }
    for (const look of waiting) look();
  });
  return {
    /** The time, by the engine's clock (epoch ms with fractions), of the next event of this action. */
    next: (action: string, timeoutMs = 5_000) =>
      new Promise<number>((resolve, reject) => {
        const look = () => {
          const index = seen.findIndex((event) => event.action === action);
          const [event] = index < 0 ? [] : seen.splice(index, 1);
          if (event === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(event.at);
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`the engine told of no ${action} within ${timeoutMs} ms`));
        }, timeoutMs);
        waiting.add(look);
        look();
      }),
    close: () => (stream as unknown as { destroy(): void }).destroy(),
  };
}
