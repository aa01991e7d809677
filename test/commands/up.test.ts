import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ActionMeans, Seen } from '../../source/actions/types.ts';
import { type DownOptions, down } from '../../source/commands/down.ts';
import { createProgress } from '../../source/commands/progress.ts';
import { type UpOptions, up } from '../../source/commands/up.ts';
import { leavingServices } from '../../source/commands/up-leave.ts';
import { awaitHealth, rowOf } from '../../source/commands/up-wait.ts';
import { openComposeProject } from '../../source/engine/compose.ts';
import { parseComposeFile, servicesOf } from '../../source/engine/compose-file.ts';
import type { Run } from '../../source/engine/run.ts';
import type { ContainerDetails, Engine } from '../../source/engine/types.ts';
import { StackError } from '../../source/stack/errors.ts';
import { containerWith } from '../engine/containers.ts';
import { fakeEngine } from '../helpers/fake-engine.ts';

const yaml = `
services:
  db: { image: postgres, profiles: [small, large], healthcheck: { test: x } }
  db2: { image: postgres, profiles: [large] }
  web: { image: nginx, profiles: [large] }
`;
const parsed = parseComposeFile(yaml, {});
if (parsed === null) throw new Error('the test’s own compose file is none');
const file = parsed;

let folder: string;
let stderr: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paws-top-up-'));
  writeFileSync(join(folder, 'compose.yaml'), yaml);
  stderr = '';
});
afterEach(() => rmSync(folder, { recursive: true }));

type State = Partial<ContainerDetails['container']>;
const member = (service: string, state: State = {}) =>
  containerWith({
    labels: { 'com.docker.compose.project.config_files': join(folder, 'compose.yaml') },
    container: {
      id: `id-${service}`,
      name: `theirs-${service}-1`,
      service,
      project: 'theirs',
      health: 'healthy',
      ...state,
    },
  });

/** An engine and the programs that drive it; `after` is what exists once Compose has brought it up. */
function world(
  before: ContainerDetails[],
  after: ContainerDetails[] = before,
  answers: Record<string, string | number> = {},
) {
  const engine = fakeEngine(before);
  const ran: string[] = [];
  const run: Run = async (argv, options) => {
    options?.signal?.throwIfAborted();
    const line = argv.join(' ').replace(/^(\S+ compose) .*--file \S+ /, '$1 ');
    ran.push(line);
    if (/^docker compose.* up /.test(line)) for (const each of after) engine.put(each);
    if (/^docker rm /.test(line))
      for (const name of argv.slice(2)) engine.remove(name.replace(/^theirs-(.*)-1$/, 'id-$1'));
    const answer = Object.entries(answers).find(([start]) => line.startsWith(start))?.[1] ?? '';
    if (line.endsWith('version --short')) return { exitCode: 0, stdout: '2.26.1', stderr: '' };
    const failed = typeof answer === 'number';
    return { exitCode: failed ? answer : 0, stdout: failed ? '' : answer, stderr: failed ? 'it went wrong' : '' };
  };
  const changed = () => ran.filter((line) => !/version|inspect| ls | info | ps /.test(line));
  return { engine, run, changed };
}

type World = ReturnType<typeof world>;
const base = ({ engine, run }: World) => ({
  project: 'theirs',
  composeFile: join(folder, 'compose.yaml'),
  host: null,
  env: { XDG_STATE_HOME: join(folder, 'state'), HOME: folder, PATH: '/usr/bin' },
  stderr: {
    write: (text: string) => {
      stderr += text;
    },
  },
  color: false,
  connect: engine.connect,
  run,
  openMeans: async (): Promise<never> => {
    throw new StackError('precondition', 'nobody can be moved here');
  },
});
const upWith = (its: World, change: Partial<UpOptions> = {}) =>
  up({ ...base(its), profile: 'small', install: false, ...change });
const downWith = (its: World, change: Partial<DownOptions> = {}) => down({ ...base(its), volumes: false, ...change });

test('what is missing is started and awaited', async () => {
  const its = world([], [member('db')]);
  expect(await upWith(its)).toBe(0);
  expect(its.changed()).toEqual(['docker compose --profile small up --detach --no-build']);
  expect(stderr).toContain('db: healthy\n');
  expect(stderr).toMatch(/theirs \(small\) is up: 1 containers\n$/);
});

test('paused members are resumed before Compose is asked, and it is said', async () => {
  const its = world([member('db', { state: 'paused' })], [member('db')]);
  expect(await upWith(its)).toBe(0);
  expect(its.changed()[0]).toBe('docker unpause id-db');
  expect(stderr).toContain('resuming db');
});

test('members that leave the profile go one after the other, once the others are healthy, and volumes stay', async () => {
  const its = world([member('db'), member('db2'), member('web'), member('stranger')]);
  expect(await upWith(its)).toBe(0);
  expect(its.changed().slice(1)).toEqual([
    'docker stop theirs-web-1',
    'docker rm theirs-web-1',
    'docker stop theirs-db2-1',
    'docker rm theirs-db2-1',
  ]);
});

test('what leaves does not keep a sick stack from becoming smaller, and what stays is judged once it is gone', async () => {
  const its = world([member('db'), member('db2', { health: 'unhealthy' })]);
  const existing = async () => (await (await its.engine.connect()).list()).map(({ container }) => container.service);
  const judged: unknown[] = [];
  const ready = async () => {
    judged.push(await existing());
    return { done: true, lines: [] };
  };
  expect(await upWith(its, { ready })).toBe(0);
  expect(judged).toEqual([['db']]);
});

const labelled = (service: string, system: string, state: State = {}) => {
  const { labels, ...rest } = member(service, state);
  return { ...rest, labels: { ...labels, 'paws-top.system': system } };
};
/** What moving takes, where nobody has to; tells for whom it was asked. */
function standingStill(its: World) {
  const asked: string[] = [];
  const seen = {
    report: {
      patroni: null,
      redis: null,
      sentinel: null,
      etcd: null,
      profile: null,
      containers: [],
      verdict: { level: 'ok' },
    },
    snapshot: { stack: 'theirs', containers: [{ name: 'theirs-db-1', service: 'db', state: 'running' }] },
  } as unknown as Seen;
  const openMeans = async (project: string) => {
    asked.push(project);
    const engine = await its.engine.connect();
    const composeFile = join(folder, 'compose.yaml');
    const { env } = base(its);
    const means: ActionMeans = {
      engine,
      env,
      project,
      cli: (argv, options) => its.run(['docker', ...argv], options),
      access: async () => [],
      containers: engine.list as ActionMeans['containers'],
      seen: () => seen,
      async until(fulfilled, { what }) {
        if (fulfilled(seen)) return seen;
        throw new StackError('timeout', what);
      },
      compose: async () => ({
        project: await openComposeProject({ project, composeFile, env }),
        with: () => async () => ({ exitCode: 0, stdout: '', stderr: '' }),
      }),
      unsettled: async () => [],
      settle: async () => {},
      keep: async () => async () => {},
    };
    return { means, close: () => {} };
  };
  return { asked, openMeans };
}

test('where members leave that may lead, it is a change of profile', async () => {
  const its = world([labelled('db', 'patroni'), labelled('db2', 'patroni')]);
  const { asked, openMeans } = standingStill(its);
  expect(await upWith(its, { openMeans })).toBe(0);
  expect(asked).toEqual(['theirs']);
  expect(its.changed().slice(1)).toEqual(['docker stop theirs-db2-1', 'docker rm theirs-db2-1']);
});

test('where leadership can’t move, nobody leaves, and why is said', async () => {
  const its = world([labelled('db', 'patroni'), labelled('db2', 'patroni')]);
  expect(await upWith(its)).toBe(1);
  expect(its.changed()).toEqual(['docker compose --profile small up --detach --no-build']);
  expect(stderr).toContain('nobody can be moved here');
});

test('who leaves and does not run holds nothing that could move', async () => {
  const its = world([labelled('db', 'patroni'), labelled('db2', 'patroni', { state: 'exited', exitCode: 0 })]);
  expect(await upWith(its)).toBe(0);
  expect(its.changed()).toContain('docker rm theirs-db2-1');
});

test('down has the members of every profile lead, and the others stop first', async () => {
  const its = world([labelled('db', 'patroni'), labelled('db2', 'patroni'), member('web')], [], { 'docker ps': 'id' });
  const { asked, openMeans } = standingStill(its);
  expect(await downWith(its, { openMeans })).toBe(0);
  expect(asked).toEqual(['theirs']);
  expect(its.changed().slice(0, 2)).toEqual([
    'docker stop id-db2 id-web',
    'docker compose --profile small --profile large down --remove-orphans',
  ]);
});

test('down goes on where leadership can’t move, and says what that means', async () => {
  const its = world([labelled('db', 'patroni'), labelled('db2', 'patroni')], [], { 'docker ps': 'id' });
  expect(await downWith(its)).toBe(0);
  expect(stderr).toMatch(/not moved \(nobody can be moved here\); .* will start others too/);
  expect(its.changed()[0]).toMatch(/ down --remove-orphans$/);
});

test('down with the data, or of the smallest profile, moves nobody', async () => {
  const its = world([labelled('db', 'patroni'), labelled('db2', 'patroni')], [], { 'docker ps': 'id' });
  const { asked, openMeans } = standingStill(its);
  await downWith(its, { openMeans, volumes: true });
  await downWith(world([labelled('db', 'patroni')], [], { 'docker ps': 'id' }), { openMeans });
  expect(asked).toEqual([]);
});

test('a stack that is broken once the others have left ends with 1', async () => {
  const its = world([member('db'), member('db2')]);
  const ready = async () => ({ done: false, lines: ['no leader'] });
  expect(await upWith(its, { ready, deadlineMs: 0 })).toBe(1);
  expect(its.changed()).toContain('docker rm theirs-db2-1');
  expect(stderr).toContain('no leader');
});

test('an unknown profile is a usage error before anything is done', async () => {
  const its = world([]);
  await expect(upWith(its, { profile: 'huge' })).rejects.toMatchObject({
    kind: 'usage',
    message: expect.stringContaining('small, large'),
  });
  expect(its.engine.calls.connect).toBe(0);
});

test('what Compose refuses ends with 1 and its words', async () => {
  const its = world([], [], { 'docker compose --profile small up': 1 });
  expect(await upWith(its)).toBe(1);
  expect(stderr).toContain('starting the containers failed: it went wrong');
});

test('a stack that does not get well in time ends with 1 and the last words of whoever is not', async () => {
  const sick = { ...member('db', { health: 'unhealthy' }), env: { DB_PASSWORD: 'hush' } };
  const its = world([], [sick], { 'docker logs': 'using hush\nbroken' });
  expect(await upWith(its, { deadlineMs: 0 })).toBe(1);
  expect(stderr).toContain('db: unhealthy\n  using ***\n  broken\n');
});

test('a deeper look decides when it is given', async () => {
  const its = world([], [member('db', { health: 'starting' })]);
  let looks = 0;
  const ready = async () => ({ done: ++looks === 2, lines: ['no leader yet'] });
  expect(await upWith(its, { ready })).toBe(0);
  expect(looks).toBe(2);
});

test('Ctrl+C ends it at once, whatever it waits for', async () => {
  const its = world([], [member('db', { health: 'starting' })]);
  const controller = new AbortController();
  const ready = async () => {
    controller.abort(new Error('interrupted'));
    return { done: false, lines: [] };
  };
  expect(await upWith(its, { ready, signal: controller.signal })).toBe(130);
  expect(stderr).toContain('`paws-top up` goes on from here');
});

test('Ctrl+C ends down at once, whatever it waits for', async () => {
  const its = world([member('db')], [], { 'docker ps': 'id-db' });
  const controller = new AbortController();
  const run: Run = (argv, options) => {
    if (!argv.includes('down')) return its.run(argv, options);
    controller.abort(new Error('interrupted'));
    return new Promise(() => {});
  };
  expect(await downWith(its, { run, signal: controller.signal })).toBe(130);
  expect(stderr).toContain('`paws-top down` goes on from here');
});

test('down is left to Compose, with every profile', async () => {
  const its = world([member('db')], [], { 'docker ps': 'id-db' });
  await downWith(its);
  expect(its.changed()[0]).toBe('docker compose --profile small --profile large down --remove-orphans');
});

test('where Compose cannot, down goes by the labels', async () => {
  const answers = {
    'docker ps': 'a b',
    'docker network ls': 'n',
    'docker volume ls': 'v',
    'docker compose --profile': 1,
  };
  const its = world([member('db')], [], answers);
  expect(await downWith(its, { volumes: true })).toBe(0);
  expect(its.changed().slice(1)).toEqual([
    'docker stop a b',
    'docker rm --force a b',
    'docker network rm n',
    'docker volume rm v',
  ]);
  expect(stderr).toContain('removed 2 containers, 1 networks, 1 volumes');
});

test('down with nothing there says so and is done', async () => {
  const its = world([], [], { 'docker volume ls': 'v' });
  expect(await downWith(its)).toBe(0);
  expect(its.changed()).toEqual([]);
  expect(stderr).toBe('nothing of "theirs" is there; 1 volumes stay\n');
});

test('secrets go with the volumes, and stay without', async () => {
  const secrets = join(folder, 'state/paws-top/theirs/secrets.env');
  mkdirSync(join(secrets, '..'), { recursive: true });
  writeFileSync(secrets, 'A=b');
  const remaining = async (volumes: boolean) => {
    await downWith(world([]), { volumes });
    return (await import('node:fs')).existsSync(secrets);
  };
  expect(await remaining(false)).toBe(true);
  expect(await remaining(true)).toBe(false);
});

test('a service’s state is told in one word', () => {
  const [service] = servicesOf(file, 'small');
  if (service === undefined) throw new Error('the profile has a service');
  const seen = (state?: State) => rowOf(service, state === undefined ? [] : [member('db', state)]);
  expect(seen()).toMatchObject({ state: 'missing', tone: 'bad' });
  expect(seen({ state: 'exited', exitCode: 137 })).toMatchObject({ state: 'exited (137)', tone: 'bad' });
  expect(seen({ state: 'restarting' })).toMatchObject({ state: 'restarting', tone: 'busy' });
  expect(seen({ health: 'none' })).toMatchObject({ state: 'running', tone: 'good' });
  expect(seen({ health: 'starting' })).toMatchObject({ state: 'starting', tone: 'busy' });
});

test('Sentinels leave before Redis, Redis before Patroni, etcd last', () => {
  const services = ['etcd9', 'patroni9', 'redis9', 'sentinel9', 'app9'];
  const stack = parseComposeFile(`services: {${services.map((name) => `${name}: {}`).join(', ')}}`, {});
  const containers = services.map((name) => ({
    ...member(name),
    labels: { 'paws-top.system': name.replace('9', '') },
  }));
  if (stack === null) throw new Error('the test’s own compose file is none');
  const order = leavingServices({ name: 'theirs', file: stack }, [], containers).map(({ service }) => service);
  expect(order).toEqual(['app9', 'sentinel9', 'redis9', 'patroni9', 'etcd9']);
});

function awaiting(list: Engine['list'], deadlineMs?: number): Promise<boolean> {
  const output = {
    write: (text: string) => {
      stderr += text;
    },
  };
  return awaitHealth({
    engine: { list },
    deadlineMs,
    cli: async () => ({ exitCode: 0, stdout: '', stderr: '' }),
    project: { name: 'theirs' },
    services: servicesOf(file, 'small'),
    progress: createProgress({ output, env: {}, color: false }),
    stderr: output,
    intervalMs: 1,
  });
}

test('health is asked again until all are well', async () => {
  const engine = fakeEngine([member('db', { health: 'starting' })]);
  const connected = await engine.connect();
  const waiting = awaiting(async () => {
    const seen = await connected.list();
    if (engine.calls.list === 2) engine.put(member('db'));
    return seen;
  });
  expect(await waiting).toBe(true);
  expect(engine.calls.list).toBe(3);
  expect(stderr).toMatch(/^db: starting\ndb: healthy\nhealth: 1 of 1 healthy/);
});

test('an engine that misses a deadline is asked again, until the time is over', async () => {
  const missed = new StackError('timeout', 'the engine has not answered');
  const answers = [missed, [member('db')]];
  const list = async () => {
    const answer = answers.shift() ?? missed;
    if (answer instanceof StackError) throw answer;
    return answer;
  };
  expect(await awaiting(list)).toBe(true);
  await expect(awaiting(list, 5)).rejects.toBe(missed);
});
