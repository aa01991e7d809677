import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { demuxed } from '../../source/engine/demux.ts';
import { dropRepeatedHealth, lines, toEvent } from '../../source/engine/events.ts';
import { firstEntry } from '../../source/engine/tar.ts';

const frame = (stream: number, payload: string) => {
  const head = Buffer.alloc(8);
  head[0] = stream;
  head.writeUInt32BE(Buffer.byteLength(payload), 4);
  return Buffer.concat([head, Buffer.from(payload)]);
};

test('stdout is taken out of its frames, however they are cut; stderr is dropped', async () => {
  const bytes = Buffer.concat([frame(1, 'one '), frame(2, 'noise'), frame(1, ''), frame(1, 'zwö')]);
  for (const size of [1, 5, bytes.length]) {
    const connection = new PassThrough();
    const read = text(demuxed(connection));
    for (let at = 0; at < bytes.length; at += size) connection.write(bytes.subarray(at, at + size));
    connection.end();
    expect(await read).toBe('one zwö');
  }
});

test('what is written goes out as it is, and the end is handed on', async () => {
  const [outgoing, incoming] = [new PassThrough(), new PassThrough()];
  const stream = demuxed(Duplex.from({ writable: outgoing, readable: incoming }));
  stream.end('hello');
  expect(await text(outgoing)).toBe('hello');
  stream.destroy();
});

test('a connection that breaks ends the stream with its error', async () => {
  const connection = new PassThrough();
  const read = text(demuxed(connection));
  connection.destroy(new Error('broken'));
  await expect(read).rejects.toThrow('broken');
});

test('files and links are read from a real tar, behind long names too', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tar-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const long = `${'n'.repeat(150)}.conf`;
  writeFileSync(join(folder, long), 'port 26379\n');
  symlinkSync('/etc/other.conf', join(folder, 'link'));
  const archive = (name: string) => execFileSync('tar', ['-C', folder, '-c', '-f', '-', name]);
  const entry = firstEntry(archive(long));
  expect(entry).toMatchObject({ kind: 'file', size: 11 });
  expect(entry?.kind === 'file' && entry.content.toString()).toBe('port 26379\n');
  expect(firstEntry(archive('link'))).toEqual({ kind: 'link', target: '/etc/other.conf' });
  expect(firstEntry(archive('.'))).toMatchObject({ kind: 'file' });
  expect(firstEntry(Buffer.alloc(1024))).toBe(null);
  expect(firstEntry(Buffer.from('short'))).toBe(null);
});

async function* chunks(...parts: Buffer[]) {
  yield* parts;
}

test('lines are whole when a chunk ends within one, or within a character', async () => {
  const bytes = Buffer.from('ä1\n\nzwei\nrest');
  const seen: string[] = [];
  const parts = chunks(bytes.subarray(0, 1), bytes.subarray(1, 6), bytes.subarray(6));
  for await (const line of lines(parts)) seen.push(line);
  expect(seen).toEqual(['ä1', 'zwei', 'rest']);
});

const raw = (parts: object) => JSON.stringify({ Type: 'container', timeNano: 1e18, ...parts });
const nameOf = (id: string) => (id === 'known' ? 'redis1' : '');

test('a container that loses its network is told by name', () => {
  const line = raw({ Type: 'network', Action: 'disconnect', Actor: { ID: 'net', Attributes: { container: 'known' } } });
  expect(toEvent(line, nameOf)).toMatchObject({ containerId: 'known', name: 'redis1', action: 'network-disconnect' });
});

test('Podman’s words become Docker’s', () => {
  const action = (Action: string, Attributes = {}) =>
    toEvent(raw({ Action, Actor: { ID: 'x', Attributes } }), nameOf)?.action;
  expect(action('died')).toBe('die');
  expect(action('remove')).toBe('destroy');
  expect(action('health_status', { health_status: 'healthy' })).toBe('health_status: healthy');
  expect(action('health_status: unhealthy')).toBe('health_status: unhealthy');
});

test('what is not watched, or is no event, is nothing', () => {
  const none = ['nonsense', 'null', '{}', raw({ Action: 'exec_die', Actor: { ID: 'x' } }), raw({ Action: 'kill' })];
  expect(none.map((line) => toEvent(line, nameOf))).toEqual(none.map(() => null));
});

test('a health that was told already is left out until it changes', () => {
  const isNew = dropRepeatedHealth();
  const told = [
    'health_status: healthy',
    'health_status: healthy',
    'kill',
    'health_status: unhealthy',
    'start',
    'health_status: unhealthy',
  ];
  const events = told.map((action) => ({ containerId: 'a', name: 'a', project: null, action, at: 0, attributes: {} }));
  expect(events.map(isNew)).toEqual([true, false, true, true, true, true]);
});
