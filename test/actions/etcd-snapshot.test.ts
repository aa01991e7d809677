import { createHash, randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { saveSnapshot } from '../../source/actions/etcd-snapshot.ts';
import type { EtcdGateway } from '../../source/probes/etcd-gateway.ts';

const database = randomBytes(100_000);
const snapshot = Buffer.concat([database, createHash('sha256').update(database).digest()]);
const never = new AbortController().signal;

/** A member that sends this in pieces of so many bytes. */
const sending = (bytes: Buffer, size: number): EtcdGateway => ({
  subject: 'etcd1',
  call: async () => expect.fail('unused'),
  watch: async () => expect.fail('unused'),
  close: () => {},
  async snapshot(onBytes) {
    for (let at = 0; at < bytes.length; at += size) await onBytes(bytes.subarray(at, at + size));
  },
});

async function saved(bytes: Buffer, size: number): Promise<{ written: Buffer; told: number }> {
  const file = new PassThrough();
  const written = buffer(file);
  const told = await saveSnapshot(sending(bytes, size), file, never);
  file.end();
  return { written: await written, told };
}

test.each([1_000, 32, 31, 7, 99_999, 100_032])('in pieces of %i bytes, its digest is right', async (size) => {
  expect(await saved(snapshot, size)).toEqual({ written: snapshot, told: snapshot.length });
});

test('what is cut short, or changed on the way, is not taken for a snapshot', async () => {
  const changed = Buffer.from(snapshot);
  changed[500] = (changed[500] ?? 0) ^ 1;
  for (const bytes of [snapshot.subarray(0, -1), snapshot.subarray(0, 32), Buffer.alloc(0), database, changed]) {
    await expect(saved(bytes, 1_000)).rejects.toMatchObject({ kind: 'garbage' });
  }
});

test('a connection that is lost, or a person who does not wait, ends it with a sentence', async () => {
  const lost = { ...sending(snapshot, 10), snapshot: () => Promise.reject(new Error('ECONNRESET')) };
  await expect(saveSnapshot(lost, new PassThrough(), never)).rejects.toThrow('etcd1 was lost in the middle');
  const gone = AbortSignal.abort();
  await expect(saveSnapshot(lost, new PassThrough(), gone)).rejects.toThrow('interrupted: nothing was kept');
});
