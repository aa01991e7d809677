import { closeSync, constants, fstatSync, openSync } from 'node:fs';

export type Output = {
  /** Resolves when more may be written, at once where the reader keeps up; never, once nobody reads any more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything is out. */
  flushed(): Promise<void>;
  /** Aborts when nobody reads any more. */
  readonly closed: AbortSignal;
  stop(): void;
};

const lookMs = 250;

/** Standard output as a pipe may be: slow, or closed by its reader, which is no error. */
export function openOutput(stream: NodeJS.WriteStream & { readonly fd: number }): Output {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  const timer = isPipe(stream.fd)
    ? setInterval(() => {
        if (isUnread(stream.fd)) end();
      }, lookMs).unref()
    : undefined;
  // cli.ts listens for errors as well: EPIPE is none.
  stream.on('error', end);
  stream.on('close', end);

  return {
    write(bytes) {
      if (ended.signal.aborted) return never;
      return stream.write(bytes) ? done : new Promise((resolve) => stream.once('drain', resolve));
    },
    flushed: () => new Promise((resolve) => stream.write('', () => resolve())),
    closed: ended.signal,
    stop: () => clearInterval(timer),
  };
}

const done = Promise.resolve();
const never = new Promise<void>(() => {});

function isPipe(fd: number): boolean {
  try {
    return fstatSync(fd).isFIFO();
  } catch {
    return false;
  }
}

/**
 * Whether a pipe's reader has gone, which one that has nothing to write would never learn: opening a pipe without readers for
 * writing fails with ENXIO (fifo(7)). Only where /proc leads to it; elsewhere the next line tells.
 */
function isUnread(fd: number): boolean {
  try {
    closeSync(openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK));
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENXIO';
  }
}
