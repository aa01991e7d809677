import { once } from 'node:events';
import { connect } from 'node:net';
import { docker, eventually } from '../helpers/stack.ts';

/** Containers and a network of a test's own, to be broken: nothing here belongs to the stack. */
const label = 'paws-top.test';
const network = 'paws-top-faults';
const subnet = '172.29.78';

/**
 * What each of them runs: answers `ping` and `bulk` (64 KiB) line by line, goes on to another as `relay ADDRESS` says, and
 * counts the answers to datagrams for `datagrams ADDRESS COUNT`.
 */
const server = `
const net = require('node:net'), dgram = require('node:dgram'), readline = require('node:readline');
net.createServer((socket) => {
  socket.on('error', () => {});
  const lines = readline.createInterface({ input: socket });
  lines.on('error', () => {});
  lines.on('line', (line) => {
    const [word, address, count] = line.split(' ');
    if (word === 'ping') socket.write('pong\\n');
    if (word === 'bulk') socket.write('x'.repeat(65536) + '\\n');
    if (word === 'relay') {
      lines.close();
      const next = net.connect(7000, address, () => socket.write('there\\n'));
      next.on('error', () => socket.destroy());
      socket.on('close', () => next.destroy());
      next.pipe(socket);
      socket.pipe(next);
      socket.resume();
    }
    if (word === 'datagrams') {
      const from = dgram.createSocket('udp4');
      let answers = 0, sent = 0;
      from.on('message', () => answers++);
      const timer = setInterval(() => {
        for (let each = 0; each < 10; each++, sent++) from.send('?', 7001, address, () => {});
        if (sent < Number(count)) return;
        clearInterval(timer);
        setTimeout(() => { from.close(); socket.write(answers + '\\n'); }, 300);
      }, 5);
    }
  });
}).listen(7000);
const echo = dgram.createSocket('udp4');
echo.on('message', (text, { port, address }) => echo.send(text, port, address, () => {}));
echo.bind(7001);
`;

export const names = ['victim', 'peer', 'bystander'] as const;
export type Name = (typeof names)[number];
export const addressOf = (name: Name): string => `${subnet}.${10 + names.indexOf(name)}`;
/** Below the ports that the kernel gives to connections (from 32768), any of which may be taken at this moment. */
const portOf = (name: Name): number => 27_870 + names.indexOf(name);
const nameOf = (name: string): string => `${network}-${name}`;

/** Ids by name. What an interrupted run left is removed first. */
export async function bringUp(): Promise<Record<Name | 'postgres' | 'onHost', string>> {
  await takeAway();
  await docker.createNetwork({
    Name: network,
    Labels: { [label]: 'faults' },
    IPAM: { Driver: 'default', Config: [{ Subnet: `${subnet}.0/24`, Gateway: `${subnet}.1` }] },
  });
  const [victim, peer, bystander, postgres, onHost] = await Promise.all([
    ...names.map((name) =>
      run(name, 'paws-top/backend:latest', ['node', '-e', server], {
        ports: { '7000/tcp': [{ HostIp: '127.0.0.1', HostPort: String(portOf(name)) }] },
        endpoint: { IPAMConfig: { IPv4Address: addressOf(name) }, Aliases: [`${name}-one`, `${name}-two`] },
      }),
    ),
    run('postgres', 'paws-top/patroni:latest', ['sh', '-c', postgresForEver]),
    run('on-host', 'paws-top/backend:latest', ['sleep', '600'], { mode: 'host' }),
  ]);
  const ids = { victim, peer, bystander, postgres, onHost } as Record<Name | 'postgres' | 'onHost', string>;
  await eventually(async () => ((await ask('victim', 'ping')) === 'pong' ? true : null), 10_000);
  await eventually(async () => ((await ask('peer', 'ping', 'victim')) === 'pong' ? true : null), 10_000);
  await eventually(async () => ((await ask('bystander', 'ping')) === 'pong' ? true : null), 10_000);
  return ids;
}

/** As under Patroni: the postmaster is not the container's first process, and is started again when it ends. */
const postgresForEver = `initdb --no-sync --pgdata /tmp/data >/dev/null
while :; do postgres -D /tmp/data -c listen_addresses= -c unix_socket_directories=/tmp; sleep 0.2; done`;

export async function takeAway(): Promise<void> {
  const filters = { label: [`${label}=faults`] };
  const left = await docker.listContainers({ all: true, filters });
  await Promise.all(left.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
  for (const { Id } of await docker.listNetworks({ filters })) await docker.getNetwork(Id).remove();
}

async function run(
  name: string,
  Image: string,
  Cmd: string[],
  options: { ports?: object; endpoint?: object; mode?: string } = {},
) {
  const container = await docker.createContainer({
    name: nameOf(name),
    Image,
    Cmd,
    Labels: { [label]: 'faults' },
    StopTimeout: 1,
    ExposedPorts: options.ports === undefined ? {} : { '7000/tcp': {} },
    HostConfig: {
      NetworkMode: options.mode ?? network,
      PortBindings: options.ports ?? {},
      CapDrop: ['ALL'],
      Init: true,
    },
    ...(options.endpoint === undefined
      ? {}
      : { NetworkingConfig: { EndpointsConfig: { [network]: options.endpoint } } }),
  });
  await container.start();
  return container.id;
}

/** A line over a connection that stays open; the answer, `no answer` after a second, or why there is no connection. */
export type Line = { ask(question: string, withinMs?: number): Promise<string>; close(): void };

/** To a published port; with `via` the container asked there goes on to that one (an address or a name). */
export async function openLine(name: Name, via?: string): Promise<Line | string> {
  const socket = connect(portOf(name), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  const failed = new Promise<string>((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    socket.on('close', () => resolve('closed'));
  });
  const answer = async (withinMs: number): Promise<string> => {
    const controller = new AbortController();
    const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(withinMs)]);
    const line = (async () => {
      while (!text.includes('\n')) await once(socket, 'data', { signal });
      const [first = '', ...rest] = text.split('\n');
      text = rest.join('\n');
      return first;
    })().catch(() => (controller.signal.aborted ? 'closed' : 'no answer'));
    return Promise.race([line, failed]).finally(() => controller.abort());
  };
  const line: Line = {
    ask(question, withinMs = 1000) {
      socket.write(`${question}\n`);
      return answer(withinMs);
    },
    close: () => socket.destroy(),
  };
  const up = await Promise.race([
    once(socket, 'connect').then(
      () => 'up',
      () => failed,
    ),
    failed,
  ]);
  if (up !== 'up') return up;
  if (via === undefined) return line;
  const there = await line.ask(`relay ${via}`);
  if (there === 'there') return line;
  socket.destroy();
  return there;
}

/** One question over a connection of its own. */
export async function ask(name: Name, question: string, via?: Name | string, withinMs = 1000): Promise<string> {
  const line = await openLine(name, via !== undefined && isName(via) ? addressOf(via) : via);
  if (typeof line === 'string') return line;
  const answer = await line.ask(question, withinMs);
  line.close();
  return answer;
}
const isName = (word: string): word is Name => (names as readonly string[]).includes(word);
