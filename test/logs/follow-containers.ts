import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect as dial, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { onTestFinished } from 'vitest';
import { connectEngine } from '../../source/engine/connect.ts';
import { createFollowing, type Reading } from '../../source/logs/following.ts';
import { docker } from '../helpers/stack.ts';

export const project = 'paws-top-logs';

/** A container of a test's own that runs a Python program; gone when the test has finished. */
export async function program(service: string, script: string, { tty = false } = {}): Promise<Docker.Container> {
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
    HostConfig: { NetworkMode: 'none', StopTimeout: 1 } as Docker.HostConfig,
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
