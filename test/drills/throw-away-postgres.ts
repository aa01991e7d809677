import { createServer } from 'node:net';
import { afterAll } from 'vitest';
import type { Access } from '../../source/engine/types.ts';
import { docker, eventually } from '../helpers/stack.ts';
import { accessTo } from '../probes/fake-server.ts';

export type ThrowAway = {
  readonly access: Access;
  /** Inside the engine's default network. */
  readonly address: string;
  /** What psql prints, over the socket inside the container; rejects when it fails. */
  sql(query: string): Promise<string>;
  kill(): Promise<void>;
  pause(): Promise<void>;
  unpause(): Promise<void>;
};

const made = new Set<string>();
afterAll(async () => {
  await Promise.all([...made].map((id) => docker.getContainer(id).remove({ force: true, v: true })));
});

const data = '/var/lib/postgresql/throw-away';
const server = `exec postgres -D ${data} -c listen_addresses=* -c shared_buffers=16MB -c unix_socket_directories=/tmp`;
const primary = `initdb -D ${data} -A trust -U postgres --no-sync > /tmp/initdb
echo 'host all all all trust' >> ${data}/pg_hba.conf
echo 'host replication all all trust' >> ${data}/pg_hba.conf
${server}`;
const standbyOf = (address: string) => `pg_basebackup -R -c fast -D ${data} -h ${address} -U postgres && ${server}`;

/** A Postgres of our image alone, without Patroni and without a password; `follows` makes it a standby. Gone after the file. */
export async function throwAwayPostgres(name: string, follows?: ThrowAway): Promise<ThrowAway> {
  const port = await freePort();
  const container = await docker.createContainer({
    Image: 'paws-top/patroni',
    // Ends by itself too, should the test be killed.
    Cmd: ['timeout', '900', 'sh', '-c', follows === undefined ? primary : standbyOf(follows.address)],
    ExposedPorts: { '5432/tcp': {} },
    HostConfig: {
      PortBindings: { '5432/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] },
      Init: true,
      AutoRemove: true,
    },
  });
  made.add(container.id);
  await container.start();

  const sql = async (query: string): Promise<string> => {
    const { exitCode, output } = await run(container.id, ['psql', '-h', '/tmp', '-U', 'postgres', '-Atc', query]);
    if (exitCode !== 0) throw new Error(output);
    return output.trim();
  };
  await eventually(() => sql('select 1'), 60_000);
  const way = accessTo(port, 'patroni');
  const { NetworkSettings } = await container.inspect();
  return {
    access: { ...way, member: { ...way.member, name } },
    address: NetworkSettings.Networks.bridge?.IPAddress ?? '',
    sql,
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
