import { describe, expect, test } from 'vitest';
import type { ConsoleKind } from '../../source/actions/console-types.ts';
import { type ConsoleMeans, createConsoles } from '../../source/actions/consoles.ts';
import type { Target } from '../../source/actions/types.ts';
import type { Access, ContainerDetails } from '../../source/engine/types.ts';
import { StackError } from '../../source/stack/errors.ts';
import type { System } from '../../source/stack/topology.ts';
import { containerWith } from '../engine/containers.ts';

const redis: Target = { name: 'redis1', system: 'redis', member: 'redis1', container: 'paws-redis1-1' };

type World = {
  readonly container?: Partial<ContainerDetails['container']>;
  readonly system?: System | null;
  /** Programs that the image has. */
  readonly programs?: readonly string[];
  /** `docker --version`. */
  readonly cli?: number;
  /** How the console ends, and what of the container is then left. */
  readonly ends?: number;
  readonly after?: Partial<ContainerDetails['container']> | null;
};

function world({
  container,
  system = 'redis',
  programs = ['sh', 'bash', 'redis-cli'],
  cli = 0,
  ends = 0,
  after = {},
}: World = {}) {
  const details = containerWith({ container: { id: 'id1', name: 'paws-redis1-1', ...container } });
  const access: Access[] =
    system === null
      ? []
      : [
          {
            member: { name: 'redis1', system, container: 'paws-redis1-1', aliases: [] },
            endpoint: null,
            credentials: { username: null, password: 's3cret' },
            postgres: null,
            tls: false,
          },
        ];
  const ran: { argv: readonly string[]; env: Readonly<Record<string, string>> }[] = [];
  const means: ConsoleMeans = {
    engine: {
      inspect: async () => (after === null ? null : { ...details, container: { ...details.container, ...after } }),
      control: {
        command: async (_id, argv) => {
          if (!programs.includes(argv[0] ?? '')) return { exitCode: 126, output: 'executable file not found in $PATH' };
          return { exitCode: 0, output: programs.join('\n') };
        },
      },
    },
    survey: async () => ({ access, containers: container?.name === 'another' ? [] : [details] }),
    cli: async () => ({ exitCode: cli, stdout: '', stderr: '' }),
    interactive: async (argv, { env }) => {
      ran.push({ argv, env });
      return { exitCode: ends };
    },
  };
  const consoles = createConsoles(async () => means);
  const opened = async (kind: ConsoleKind, subject: Target = redis) => {
    const found = await consoles.find(kind, subject);
    return { found, end: await found.run(new AbortController().signal) };
  };
  return { consoles, opened, ran };
}

const why = async (found: Promise<unknown>): Promise<string> => {
  const error = await found.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof StackError)) throw new Error('it was not refused', { cause: error });
  return error.message;
};

describe('a shell is the best that there is', () => {
  test.each([
    [['sh', 'bash', 'ash'], ['bash']],
    [['sh', 'ash'], ['ash']],
    [['sh'], ['sh']],
    [['busybox'], ['busybox', 'sh']],
    [['bash'], ['bash']],
  ])('%j: %j', async (programs, shell) => {
    const { opened, ran } = world({ programs });
    const { found } = await opened('shell');
    expect(ran[0]?.argv.slice(-shell.length - 1)).toEqual(['paws-redis1-1', ...shell]);
    expect(found).toMatchObject({ title: `${shell.join(' ')} on redis1`, leave: 'exit or Ctrl+D' });
  });

  test('none at all is said', async () => {
    expect(await why(world({ programs: [] }).opened('shell'))).toBe(
      'the image of redis1 has no shell (somebody/something)',
    );
  });
});

test('the client of the system, also where there is no shell; its password is in no argument', async () => {
  for (const programs of [['sh', 'redis-cli'], ['valkey-cli']]) {
    const { opened, ran } = world({ programs });
    const { found } = await opened('client');
    expect(found.title).toBe(`${programs.at(-1)} on redis1`);
    expect(ran[0]?.argv.join(' ')).not.toContain('s3cret');
    expect(ran[0]?.env).toEqual({ REDISCLI_AUTH: 's3cret' });
  }
});

test('what leads the cluster is patronictl where there is one, else the client', async () => {
  const patroni: Target = { ...redis, system: 'patroni' };
  const both = world({ system: 'patroni', programs: ['sh', 'psql', 'patronictl'] });
  expect((await both.opened('cluster', patroni)).found.title).toBe('patronictl on redis1');
  expect((await both.opened('client', patroni)).found.title).toBe('psql on redis1');
  const psql = world({ system: 'patroni', programs: ['sh', 'psql'] });
  expect((await psql.opened('cluster', patroni)).found.title).toBe('psql on redis1');
  expect((await world().opened('cluster')).found.title).toBe('redis-cli on redis1');
});

describe('why there is none, and what to do', () => {
  test.each<[string, World, ConsoleKind, Target, string]>([
    [
      'a cluster',
      {},
      'shell',
      { ...redis, name: 'redis', container: null },
      'redis has no container of its own; select one, or a member',
    ],
    ['stopped', { container: { state: 'exited' } }, 'shell', redis, 'no console: redis1 is stopped; S starts it'],
    ['paused', { container: { state: 'paused' } }, 'client', redis, 'no console: redis1 is paused; S unpauses it'],
    [
      'missing',
      { container: { name: 'another' } },
      'shell',
      redis,
      'no console: redis1 has no container now; P starts the profile that it belongs to',
    ],
    ['no database', { system: null }, 'client', redis, 'redis1 is no database; e opens a shell in it'],
    [
      'no client',
      { programs: ['sh'] },
      'client',
      redis,
      'the image of redis1 has no redis-cli; o has what a client of yours connects with',
    ],
    [
      'no docker',
      { cli: 127 },
      'shell',
      redis,
      'a console takes the docker or the podman command, and neither is installed here',
    ],
  ])('%s', async (_name, given, kind, subject, sentence) => {
    const { opened, ran } = world(given);
    expect(await why(opened(kind, subject))).toBe(sentence);
    expect(ran).toEqual([]);
  });
});

describe('how it ended', () => {
  test.each<[string, World, ConsoleKind, string | null, boolean]>([
    ['as it should', { ends: 0 }, 'client', null, false],
    ['the client failed', { ends: 2 }, 'client', 'redis-cli on redis1 ended with exit status 2', true],
    ['the shell failed at once', { ends: 1 }, 'shell', 'bash on redis1 ended with exit status 1', true],
    [
      'its container was killed',
      { ends: 137, after: { state: 'exited', exitCode: 137 } },
      'shell',
      'bash on redis1 ended: the container ended with exit status 137',
      false,
    ],
    [
      'its container stopped',
      { ends: 1, after: { state: 'exited', exitCode: 0 } },
      'client',
      'redis-cli on redis1 ended: the container stopped',
      false,
    ],
    [
      'its container was restarted',
      { ends: 137, after: { startedAt: 2_000 } },
      'shell',
      'bash on redis1 ended: the container was restarted',
      false,
    ],
    [
      'its container was removed',
      { ends: 137, after: null },
      'shell',
      'bash on redis1 ended: the container was removed',
      false,
    ],
  ])('%s', async (_name, given, kind, said, unread) => {
    const { end } = await world(given).opened(kind);
    expect(end).toEqual({ said, unread });
  });

  test('a table that nobody has read yet is left on screen', async () => {
    const etcd: Target = { ...redis, system: 'etcd' };
    const { end } = await world({ system: 'etcd', programs: ['etcdctl'] }).opened('client', etcd);
    expect(end).toEqual({ said: null, unread: true });
  });

  test('wanted back, nothing is said', async () => {
    const found = await world({ ends: 143 }).consoles.find('client', redis);
    expect(await found.run(AbortSignal.abort())).toEqual({ said: null, unread: false });
  });
});
