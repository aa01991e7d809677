import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect as dial, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { onTestFinished } from 'vitest';
import { connectEngine } from '../../source/engine/connect.ts';
import { outputOf } from '../../source/engine/demux.ts';
import { createFollowing, type Reading } from '../../source/logs/following.ts';
import { docker } from '../helpers/stack.ts';

export const project = 'paws-top-logs';

/** A container of a test's own that runs a Python program; gone when the test has finished. */
export async function program(
  service: string,
  script: string,
  { tty = false, log }: { readonly tty?: boolean; readonly log?: Record<string, string> } = {},
): Promise<Docker.Container> {
  const name = `${project}-${service}-1`;
  await docker
    .getContainer(name)
    .remove({ force: true })
    .catch(() => {}); // an interrupted run left it
  const container = await docker.createContainer({
    name,
    Image: 'paws-top/patroni',
    Entrypoint: ['python3', '-u', '-c', script],
    Cmd: [],
    Tty: tty,
    HostConfig: {
      NetworkMode: 'none',
      StopTimeout: 1,
      ...(log === undefined ? {} : { LogConfig: { Type: 'json-file', Config: log } }),
    } as Docker.HostConfig,
    Labels: {
      'com.docker.compose.project': project,
      'com.docker.compose.service': service,
      'com.docker.compose.container-number': '1',
    },
  });
  onTestFinished(() => container.remove({ force: true, v: true }).catch(() => {}));
  await container.start();
  return container;
}

/** Says so many lines a second for so long, each tenth on stderr, numbered from 0. `before` each number: which run it is. */
export const counting = (perSecond: number, seconds: number) => `
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
try: run = int(open('/tmp/run').read()) + 1
except OSError: run = 0
open('/tmp/run', 'w').write(str(run))
began, number = time.time(), 0
while number < ${perSecond * seconds}:
  due = min(int((time.time() - began) * ${perSecond}) + 1, ${perSecond * seconds})
  while number < due:
    (sys.stderr if number % 10 == 9 else sys.stdout).write('%d %d %s\\n' % (run, number, 'x' * (number % 80)))
    number += 1
  time.sleep(0.001)
time.sleep(600)
`;

/** What is missing or doubled of each run's numbers: nothing, when they stand in a row from 0. */
export function gaps(texts: readonly string[]): string[] {
  const runs = Map.groupBy(
    texts.map((text) => text.split(' ').map(Number)),
    ([run]) => run,
  );
  return [...runs].flatMap(([run, lines]) => {
    const numbers = lines.map(([, number]) => number).toSorted((a = 0, b = 0) => a - b);
    return numbers.flatMap((number, at) => (number === at ? [] : [`run ${run}: ${number} at ${at}`])).slice(0, 1);
  });
}

/** How many lines a container has written so far, by the engine's own account. */
export async function linesOf(container: Docker.Container): Promise<number> {
  const wrote = await container.logs({ stdout: true, stderr: true });
  return (await outputOf(Readable.from([wrote]), Number.POSITIVE_INFINITY)).split('\n').length - 1;
}

export type Heard = { readonly kind: string; readonly text: string; readonly at: number; readonly cut: number };

/** Follows a service of the tests' project, and keeps what it brings. */
export function follow(service: string, { host = null as string | null, bound = 1_000_000 } = {}) {
  const heard: Heard[] = [];
  const following: Reading = createFollowing({
    connect: () => connectEngine({ host, env: process.env }),
    project: () => project,
    bound,
    now: Date.now,
    after(ms, callback) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
    sink: ({ kind, at, text, cut }) =>
      heard.push({ kind, text: Buffer.from(text).toString('latin1'), at: at.ms * 1e6 + at.ns, cut }),
  });
  onTestFinished(() => following.stop());
  following.choose([service]);
  return {
    following,
    heard,
    state: () => following.sources.find(({ source }) => source.service === service)?.state,
    texts: () => heard.filter(({ kind }) => kind !== 'note').map(({ text }) => text),
    /** In the order of their moments, as they would be shown. */
    notes: () => heard.filter(({ kind }) => kind === 'note').map(({ text }) => text),
  };
}

/** Docker's socket by another way, that can be cut and mended. */
export async function breakable(): Promise<{ host: string; cut(): Promise<void>; mend(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'logs-'));
  const path = join(folder, 'engine.sock');
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = dial('/var/run/docker.sock');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {}).on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  const mend = () => new Promise<void>((resolve) => server.listen(path, resolve));
  const cut = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    });
  await mend();
  onTestFinished(async () => {
    if (server.listening) await cut();
    rmSync(folder, { recursive: true });
  });
  return { host: `unix://${path}`, cut, mend };
}
