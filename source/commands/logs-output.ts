export type Output = {
  /** Resolves when more may be written, at once where the reader keeps up; never, once nobody reads any more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything is out. */
  flushed(): Promise<void>;
  /** Aborts when it is seen that nobody reads any more: with the first line that nobody wants. */
  readonly closed: AbortSignal;
};

/** Standard output as a pipe may be: slow, or closed by its reader, which is no error. */
export function openOutput(stream: NodeJS.WritableStream): Output {
  const ended = new AbortController();
  const end = (): void => ended.abort();
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
  };
}

const done = Promise.resolve();
const never = new Promise<void>(() => {});
