import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { containerOf, docker, eventually } from '../helpers/stack.ts';

const script = readFileSync(join(import.meta.dirname, 'outsider.sh'), 'utf8');
const name = 'paws-top-outsider';

export type Outsider = {
  /** Ends it; the times (epoch ms) of all its acknowledged inserts, in order. */
  stop(): Promise<readonly number[]>;
  /** Removes it, whatever has become of it. */
  remove(): Promise<void>;
};

/** Somebody in a container of their own who writes to Postgres, and knows three addresses and a password. */
export async function callOutsider(): Promise<Outsider> {
  const members = await Promise.all(
    ['patroni1', 'patroni2', 'patroni3'].map(async (service) => (await containerOf(service)).inspect()),
  );
  const [first] = members;
  const [network, addresses] = [networkOf(first), members.map((one) => Object.values(one.NetworkSettings.Networks)[0])];
  const variables = new Map(
    (first?.Config.Env ?? []).map((text) => text.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
  await remove(); // of a run that was interrupted
  const container = await docker.createContainer({
    name,
    Image: 'paws-top/patroni:latest',
    Entrypoint: ['bash', '-c', script, 'outsider.sh'],
    Cmd: addresses.map((one) => one?.IPAddress ?? ''),
    Env: [
      `PGUSER=${variables.get('PATRONI_SUPERUSER_USERNAME')}`,
      `PGPASSWORD=${variables.get('PATRONI_SUPERUSER_PASSWORD')}`,
    ],
    Healthcheck: { Test: ['NONE'] },
    HostConfig: { NetworkMode: network, Init: true },
  });
  await container.start();
  const acks = async (): Promise<readonly number[]> => {
    const text = (await container.logs({ stdout: true, stderr: false })).toString();
    return [...text.matchAll(/\d{13}/g)].map(([time]) => Number(time)).sort((a, b) => a - b);
  };
  await eventually(async () => ((await acks()).length >= 20 ? true : null), 20_000);
  return {
    async stop() {
      await container.stop({ t: 15 });
      const { State } = await container.inspect();
      if (State.ExitCode !== 0) throw new Error(`the outsider ended with ${State.ExitCode}`);
      return acks();
    },
    remove,
  };
}

const networkOf = (member: { NetworkSettings: { Networks: object } } | undefined): string =>
  Object.keys(member?.NetworkSettings.Networks ?? {})[0] ?? 'paws';

async function remove(): Promise<void> {
  await docker
    .getContainer(name)
    .remove({ force: true, v: true })
    .catch((error: { statusCode?: number }) => {
      if (error.statusCode !== 404) throw error;
    });
}

/** The longest time without an acknowledgement that ended after `since`, ms. */
export function longestGap(acks: readonly number[], since: number): number {
  const gaps = acks.map((at, index) => ({ at, ms: at - (acks[index - 1] ?? at) })).filter(({ at }) => at >= since);
  return Math.max(0, ...gaps.map(({ ms }) => ms));
}
