import { PassThrough } from 'node:stream';
import type { Engine, LogRange } from '../../source/engine/types.ts';
import type { StackError } from '../../source/stack/errors.ts';
import { frame } from './frame.ts';

/** Logs as an engine keeps and tells them: from a moment on that belongs to them, the tail taken first, always in one order. */
export type LogStore = {
  readonly logs: Engine['logs'];
  /** What was asked for, in turn. */
  readonly asked: (LogRange & { readonly id: string })[];
  /** `at`: epoch ms. */
  write(id: string, text: string, at: number, kind?: 'out' | 'err'): void;
  /** The container has ended: nobody follows any more. */
  end(id: string): void;
  /** All streams break. */
  cut(): void;
  /** It can't be read, until it is told again. */
  refuse(id: string, error: StackError | null): void;
  /** Streams that are open. */
  readonly open: number;
};

type Entry = { readonly kind: 'out' | 'err'; readonly at: number; readonly text: string };

export function logStore(): LogStore {
  const entries = new Map<string, Entry[]>();
  const refused = new Map<string, StackError>();
  const open = new Map<PassThrough, { readonly id: string; readonly since: number }>();
  const asked: (LogRange & { id: string })[] = [];

  const send = (stream: PassThrough, { kind, at, text }: Entry) =>
    stream.write(frame(kind, Buffer.from(`${new Date(at).toISOString()} ${text}\n`)));

  return {
    asked,
    async logs(id, range, signal) {
      asked.push({ id, ...range });
      const error = refused.get(id);
      if (error !== undefined) throw error;
      const stream = new PassThrough();
      const since = Number(range.since ?? 0) * 1000;
      const until = Number(range.until ?? Number.POSITIVE_INFINITY) * 1000;
      const all = entries.get(id) ?? [];
      for (const entry of range.tail === undefined ? all : all.slice(-range.tail)) {
        if (entry.at >= since && entry.at <= until) send(stream, entry);
      }
      if (range.follow === true) {
        open.set(stream, { id, since });
        const forget = () => open.delete(stream);
        stream.on('close', forget);
        signal.addEventListener('abort', () => stream.destroy());
      } else stream.end();
      return { stream, framed: true, stampsParts: false };
    },
    write(id, text, at, kind = 'out') {
      const entry: Entry = { kind, at, text };
      entries.set(id, [...(entries.get(id) ?? []), entry]);
      for (const [stream, follower] of open) if (follower.id === id && at >= follower.since) send(stream, entry);
    },
    end(id) {
      for (const [stream, follower] of open) {
        if (follower.id !== id) continue;
        open.delete(stream);
        stream.end();
      }
    },
    cut() {
      for (const stream of open.keys()) stream.destroy(new Error('socket hang up'));
      open.clear();
    },
    refuse(id, error) {
      if (error === null) refused.delete(id);
      else refused.set(id, error);
    },
    get open() {
      return open.size;
    },
  };
}
