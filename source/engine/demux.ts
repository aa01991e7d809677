import { Duplex } from 'node:stream';

/**
 * A process's stdio over the connection of an exec, as one stream: what is written goes to its stdin as it is, what is
 * read is its stdout, taken out of frames of 8 bytes head (stream, 3 zeros, length) and payload
 * (docs.docker.com/reference/api/engine, ContainerAttach, "Stream format"). `ended` is awaited before the end is told.
 */
export function demuxed(
  connection: Duplex,
  { onStderr, ended }: { readonly onStderr?: (text: Buffer) => void; readonly ended?: () => Promise<void> } = {},
): Duplex {
  let pending: Buffer = Buffer.alloc(0);
  const duplex = new Duplex({
    allowHalfOpen: true,
    read: () => connection.resume(),
    write: (chunk, encoding, done) => {
      connection.write(chunk, encoding, done);
    },
    final: (done) => {
      connection.end(done);
    },
    destroy: (error, done) => {
      connection.destroy();
      done(error);
    },
  });
  connection.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= 8) {
      const end = 8 + pending.readUInt32BE(4);
      if (pending.length < end) return;
      const wanted = pending[0] === 1;
      const payload = pending.subarray(8, end);
      pending = pending.subarray(end);
      if (wanted && payload.length > 0 && !duplex.push(payload)) connection.pause();
      if (!wanted) onStderr?.(payload);
    }
  });
  connection.on('end', () => {
    const end = () => void duplex.push(null);
    if (ended === undefined) end();
    else ended().then(end, (error: Error) => duplex.destroy(error));
  });
  connection.on('error', (error) => duplex.destroy(error));
  // After a proper end the reader may still have something to take.
  connection.on('close', () => {
    if (!connection.readableEnded) duplex.destroy(new Error('the connection was closed'));
  });
  return duplex;
}

/** Everything that a process says, both streams in the order of their frames; at most `limit` bytes. */
export async function outputOf(frames: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const texts: Buffer[] = [];
  let pending: Buffer = Buffer.alloc(0);
  let length = 0;
  for await (const chunk of frames) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 8 && pending.length >= 8 + pending.readUInt32BE(4)) {
      const end = 8 + pending.readUInt32BE(4);
      texts.push(pending.subarray(8, end));
      length += end - 8;
      pending = pending.subarray(end);
    }
    if (length >= limit) break; // leaving the loop destroys the stream
  }
  return Buffer.concat(texts).subarray(0, limit).toString();
}
