import { PassThrough, Writable } from 'node:stream';
import { render, Text, useInput } from 'ink';
import { createElement } from 'react';
import { afterAll, expect, test } from 'vitest';
import { chordsOf } from '../../source/keys/chord.ts';
import { resolve } from '../../source/keys/resolve.ts';
import { bindings } from '../../source/keys/table.ts';
import type { Binding } from '../../source/keys/types.ts';

/** What terminals send for a chord (xterm, in its normal modes). */
const sent: Record<string, string> = {
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  pageup: '\x1b[5~',
  pagedown: '\x1b[6~',
  home: '\x1b[H',
  end: '\x1b[F',
  enter: '\r',
  esc: '\x1b',
  tab: '\t',
  'shift+tab': '\x1b[Z',
  space: ' ',
  backspace: '\x7f',
  delete: '\x1b[3~',
};
const bytesOf = (chord: string): string =>
  sent[chord] ?? (chord.startsWith('ctrl+') ? String.fromCharCode(chord.charCodeAt(5) - 96) : chord);

let heard: ((chords: readonly string[]) => void) | null = null;

function Listener() {
  useInput((input, key) => heard?.(chordsOf(input, key)));
  return createElement(Text, null, 'listening');
}

const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => stdin, ref() {}, unref() {} });
const stdout = Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), { columns: 80, rows: 24 });
const app = render(createElement(Listener), {
  stdin: stdin as unknown as NodeJS.ReadStream,
  stdout: stdout as unknown as NodeJS.WriteStream,
  exitOnCtrlC: false,
  patchConsole: false,
  interactive: true,
});
afterAll(() => app.unmount());
await app.waitUntilRenderFlush();

function press(bytes: string): Promise<readonly string[]> {
  const { promise, resolve: settle } = Promise.withResolvers<readonly string[]>();
  heard = settle;
  stdin.write(bytes);
  return promise;
}

for (const binding of bindings as readonly Binding[]) {
  for (const chord of binding.chords) {
    test(`${chord} in ${binding.scope} is ${binding.id}, through the bytes a terminal sends`, async () => {
      const [seen] = await press(bytesOf(chord));
      expect(seen).toBe(chord);
      const resolved = resolve(chord, [binding.scope]);
      expect(resolved).toEqual({ binding });
    });
  }
}

test('a burst of keys in one read is as many chords', async () => {
  expect(await press('jjk')).toEqual(['j', 'j', 'k']);
});
