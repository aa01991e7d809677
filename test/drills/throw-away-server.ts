import { createServer } from 'node:net';
import { afterAll } from 'vitest';
import type { Access } from '../../source/engine/types.ts';
import { docker, eventually } from '../helpers/stack.ts';
import { accessTo } from '../probes/fake-server.ts';

/** One server of our images alone, without the stack around it and without a password. Gone after the file. */
export type ThrowAway = {
  readonly access: Access;
  /** Inside the engine's default network. */
  readonly address: string;
  /** What the system's own client prints of a query, run inside the container; rejects when it fails. */
  ask(...query: string[]): Promise<string>;
  kill(): Promise<void>;
  pause(): Promise<void>;
  unpause(): Promise<void>;
};

const made = new Set<string>();
afterAll(async () => {
  await Promise.all([...made].map((id) => docker.getContainer(id).remove({ force: true, v: true })));
});

const data = '/var/lib/postgresql/throw-away';
const postgres = `exec postgres -D ${data} -c listen_addresses=* -c shared_buffers=16MB -c unix_socket_directories=/tmp`;
const primary = `initdb -D ${data} -A trust -U postgres --no-sync > /tmp/initdb
echo 'host all all all trust' >> ${data}/pg_hba.conf
echo 'host replication all all trust' >> ${data}/pg_hba.conf
${postgres}`;
const standbyOf = (address: string) => `pg_basebackup -R -c fast -D ${data} -h ${address} -U postgres && ${postgres}`;

/** A Postgres without Patroni, asked by psql; `follows` makes it a standby. */
export function throwAwayPostgres(name: string, follows?: ThrowAway): Promise<ThrowAway> {
  return throwAway(name, {
    system: 'patroni',
    port: 5432,
    server: ['sh', '-c', follows === undefined ? primary : standbyOf(follows.address)],
    client: ['psql', '-h', '/tmp', '-U', 'postgres', '-Atc'],
    hello: ['select 1'],
  });
}

/** A Redis without Sentinel, asked by redis-cli; `follows` makes it a replica. */
export function throwAwayRedis(name: string, follows?: ThrowAway): Promise<ThrowAway> {
  const replicaOf = follows === undefined ? [] : ['--replicaof', follows.address, '6379'];
  return throwAway(name, {
    system: 'redis',
    port: 6379,
    server: ['redis-server', '--save', '', '--protected-mode', 'no', '--repl-diskless-sync-delay', '0', ...replicaOf],
    client: ['redis-cli', '-e', '--raw'],
    hello: ['ping'],
  });
}

type Recipe = {
  readonly system: 'patroni' | 'redis';
  readonly port: number;
  readonly server: readonly string[];
  readonly client: readonly string[];
  readonly hello: readonly string[];
};

async function throwAway(name: string, { system, port, server, client, hello }: Recipe): Promise<ThrowAway> {
  const published = await freePort();
  const container = await docker.createContainer({
    Image: `paws-top/${system}`,
    // Ends by itself too, should the test be killed.
    Cmd: ['timeout', '900', ...server],
    ExposedPorts: { [`${port}/tcp`]: {} },
    HostConfig: {
      PortBindings: { [`${port}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: String(published) }] },
      Init: true,
      AutoRemove: true,
    },
  });
  made.add(container.id);
  await container.start();

  const ask = async (...query: string[]): Promise<string> => {
    const { exitCode, output } = await run(container.id, [...client, ...query]);
    if (exitCode !== 0) throw new Error(output);
    return output.trim();
  };
  await eventually(() => ask(...hello), 60_000);
  const way = accessTo(published, system);
  const { NetworkSettings } = await container.inspect();
  return {
    access: { ...way, member: { ...way.member, name } },
    address: NetworkSettings.Networks.bridge?.IPAddress ?? '',
    ask,
    async kill() {
      made.delete(container.id);
      await container.kill();
    },
    pause: () => container.pause(),
    unpause: () => container.unpause(),
  };
}

async function run(id: string, Cmd: string[]): Promise<{ exitCode: number | null; output: string }> {
  const exec = await docker.getContainer(id).exec({ Cmd, AttachStdout: true, AttachStderr: true, Tty: true });
  const stream = await exec.start({ Tty: true });
  let output = '';
  for await (const chunk of stream) output += String(chunk);
  return { exitCode: (await exec.inspect()).ExitCode, output: output.replaceAll('\r\n', '\n') };
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
