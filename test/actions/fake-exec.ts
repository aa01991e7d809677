import { Duplex } from 'node:stream';
import type { Access, ContainerDetails, Engine, ExecOptions } from '../../source/engine/types.ts';
import { containerWith } from '../engine/containers.ts';

export type FakeProcess = {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Everything that was written to its stdin; resolves when that has ended. */
  readonly stdin: Promise<string>;
  say(text: string): void;
  complain(text: string): void;
  exit(code: number): void;
  /** The connection is lost. */
  lose(): void;
};

/** An engine's exec whose processes do what the test says. */
export function fakeExec(act: (process: FakeProcess) => void): Engine['exec'] {
  return async (_id, argv, options: ExecOptions = {}) => {
    const written: Buffer[] = [];
    const stdin = Promise.withResolvers<string>();
    const stdio = new Duplex({
      read: () => {},
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk);
        done();
      },
      final(done) {
        stdin.resolve(Buffer.concat(written).toString());
        done();
      },
    });
    const process: FakeProcess = {
      argv,
      env: options.env ?? {},
      stdin: stdin.promise,
      say: (text) => void stdio.push(text),
      complain: (text) => options.onStderr?.(Buffer.from(text)),
      exit(code) {
        options.onExit?.(code);
        stdio.push(null);
      },
      lose: () => void stdio.destroy(new Error('the connection was closed')),
    };
    setImmediate(() => act(process));
    return stdio;
  };
}

/** Patroni's member and the container behind it. */
export const databaseOf = (name: string): { readonly access: Access; readonly details: ContainerDetails } => ({
  access: {
    member: { name, system: 'patroni', container: `paws-${name}-1`, aliases: [] },
    endpoint: null,
    credentials: { username: null, password: null },
    postgres: { endpoint: null, credentials: { username: 'postgres', password: 'hush-hush' }, database: 'postgres' },
    tls: false,
  },
  details: containerWith({ container: { name: `paws-${name}-1` }, env: { PATRONI_REWIND_USERNAME: 'rewinder' } }),
});
