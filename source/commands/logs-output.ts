import { StackError } from '../stack/errors.ts';

export type Output = {
  /** Resolves when more may be written, at once where the reader keeps up; never, once nobody reads any more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything is out. */
  flushed(): Promise<void>;
  /** Aborts when it is seen that nobody reads any more: with the first line that nobody wants. */
  readonly closed: AbortSignal;
  /** Rejects with a StackError when what was written is lost: a disk that is full. */
  readonly failed: Promise<never>;
};

/** Standard output as a pipe may be: slow, or closed by its reader, which is no error. */
export function openOutput(stream: NodeJS.WritableStream): Output {
  const ended = new AbortController();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {}); // nobody may wait for it any more
  const end = (): void => ended.abort();
  stream.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EPIPE')
      failure.reject(new StackError('precondition', 'the output cannot be written', { cause }));
    end();
  });
  stream.on('close', end);

  return {
    write(bytes) {
      if (ended.signal.aborted) return never;
      return stream.write(bytes) ? done : new Promise((resolve) => stream.once('drain', resolve));
    },
    flushed: () =>
      new Promise((resolve) => {
        stream.write('', (error) => {
          if (!error) resolve(); // else `failed` or `closed` tells
        });
      }),
    closed: ended.signal,
    failed: failure.promise,
  };
}

const done = Promise.resolve();
const never = new Promise<void>(() => {});
