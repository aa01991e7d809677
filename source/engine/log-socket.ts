import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { StackError } from '../stack/errors.ts';

type Opened = { readonly stream: Readable; readonly headers: string };

const readBytes = 64 * 1024;
const mostHeadBytes = 16 * 1024;
/** After a read the next one waits so long, so that lines are read many at once. */
const gapMs = 10;
/** With so much in one read more is waiting than a gap is worth: a past is being read, or a flood. */
const floodBytes = 20 * 1024;
/** How long it is then read without gaps before it is looked at again. */
const floodMs = 50;

/**
 * GET over a unix socket, for a stream of many small pieces. The engine sends each log line in an HTTP chunk and a packet of
 * its own: 10,000 a second cost Node 6 % of a core through its HTTP client, which wakes up for each. HTTP/1.0 has no chunks, and
 * reading at intervals takes up what came together, for 2 %. But it can't tell that an answer is over from that the engine has
 * gone. null: this way is not open (not 200, or a proxy that makes chunks nevertheless), ask as usual.
 */
export function openOverSocket(socketPath: string, path: string, signal: AbortSignal): Promise<Opened | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Opened | null>();
  const isFlood = floodGauge();
  let head: Buffer | null = Buffer.alloc(0);
  let ended = false;
  let gap: NodeJS.Timeout | null = null;

  const socket = connect({
    path: socketPath,
    onread: {
      buffer: Buffer.allocUnsafe(readBytes),
      callback(length: number, bytes: Uint8Array): boolean {
        const wanted = take(Buffer.from(bytes.subarray(0, length)));
        if (wanted && (head !== null || isFlood(length))) return true;
        if (wanted) gap = setTimeout(afterGap, gapMs);
        return false;
      },
    },
  });
  const stream = new Readable({
    highWaterMark: readBytes,
    read() {
      if (gap === null) socket.resume();
    },
    destroy(error, done) {
      if (gap !== null) clearTimeout(gap);
      socket.destroy();
      done(error);
    },
  });

  function afterGap(): void {
    gap = null;
    socket.resume();
  }

  /** Returns whether more is wanted. */
  function take(bytes: Buffer): boolean {
    if (head === null) return stream.push(bytes);
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0 && head.length < mostHeadBytes) return true;
    const headers = head.subarray(0, Math.max(0, end)).toString('latin1').toLowerCase();
    const body = head.subarray(end + 4);
    head = null;
    const usable = /^http\/1\.\d 200 /.test(headers) && !headers.includes('\r\ntransfer-encoding:');
    resolve(usable ? { stream, headers } : null);
    if (!usable) stream.destroy();
    return usable && (body.length === 0 || stream.push(body));
  }

  const fail = (error: Error): void => {
    if (ended) return;
    reject(error);
    stream.destroy(error);
  };
  const abort = (): void => fail(new StackError('closed', 'the answer is no longer wanted'));
  stream.on('error', () => {}); // nobody may be reading yet
  stream.on('close', () => signal.removeEventListener('abort', abort));
  signal.addEventListener('abort', abort);
  socket.on('end', () => {
    ended = true;
    stream.push(null);
    if (head !== null) reject(closed());
  });
  socket.on('error', fail);
  socket.on('close', () => fail(closed()));
  socket.write(`GET ${path} HTTP/1.0\r\nHost: docker\r\n\r\n`);
  return promise;
}

const closed = () => new StackError('closed', 'the engine closed the connection');

/** Tells from the sizes of reads whether so much comes that gaps would hold it up. */
function floodGauge(): (length: number) => boolean {
  let flooding = false;
  let since = 0;
  let seen = 0;
  return (length) => {
    if (!flooding && length < floodBytes) return false;
    const now = performance.now();
    if (!flooding) {
      flooding = true;
      since = now;
      seen = 0;
    }
    seen += length;
    if (now - since > floodMs) {
      flooding = seen > (floodBytes * floodMs) / gapMs;
      since = now;
      seen = 0;
    }
    return flooding;
  };
}
