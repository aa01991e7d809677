/** A frame as the engine sends it. */
export function frame(kind: string, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head[0] = kind === 'out' ? 1 : 2;
  head.writeUInt32BE(payload.length, 4);
  return Buffer.concat([head, payload]);
}

/** The same bytes in chunks that end there. */
export function chunked(bytes: Buffer, ends: readonly number[]): Buffer[] {
  const sorted = [...ends, bytes.length].map((end) => Math.min(end, bytes.length)).sort((a, b) => a - b);
  return sorted.map((end, at) => bytes.subarray(sorted[at - 1] ?? 0, end)).filter((chunk) => chunk.length > 0);
}
