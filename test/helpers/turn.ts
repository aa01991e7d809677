/** Turns among the processes of one test run, so that files may run beside others but not beside their like. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of what the files of a project have their turn; see `vitest.config.ts`. */
    readonly turn: string;
    /** Tells this run of the tests from others. */
    readonly run: string;
  }
}

/** Waits until nobody else has it, resolves with what gives it back; the end of the process does so too. */
export async function takeTurn(of: string): Promise<() => void> {
  const name = `paws-top-turn-${inject('run')}-${of}`;
  // A name of Linux's own namespace is gone with its process, however that ends; a file would stay.
  const path = process.platform === 'linux' ? `\0${name}` : join(tmpdir(), name);
  for (;;) {
    const release = await held(path);
    if (release !== null) return release;
    const holder = connect(path).resume();
    // Refused: given back just now.
    await once(holder, 'close').catch(() => pause(20));
  }
}

/** Does one thing in its turn. */
export async function inTurn<T>(of: string, work: () => Promise<T>): Promise<T> {
  const release = await takeTurn(of);
  return work().finally(release);
}

/** Whoever listens has it, and whoever waits is connected. null: another has it. */
async function held(path: string): Promise<(() => void) | null> {
  const waiting = new Set<Socket>();
  const server = createServer((socket) => {
    waiting.add(socket.on('error', () => {}).unref());
  });
  try {
    await once(server.listen(path), 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return null;
    throw error;
  }
  server.unref();
  return () => {
    server.close();
    for (const socket of waiting) socket.destroy();
  };
}
