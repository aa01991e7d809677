import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { clipboardSequence, clippingOf, setClipboard } from '../../source/ui/log-clipboard.ts';

const decoded = (base64: string) => Buffer.from(base64, 'base64').toString();
const plain = (text: string) => `\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`;

test('a terminal is told in base64, whatever the text holds', () => {
  expect(clipboardSequence('a\x1b]b\n✓', { TERM: 'xterm-256color' })).toBe(plain('a\x1b]b\n✓'));
});

test('tmux is told in both ways that it may listen to, also where only TERM tells of it', () => {
  const both = `${plain('x')}\x1bPtmux;\x1b${plain('x')}\x1b\\`;
  expect(clipboardSequence('x', { TMUX: '/tmp/tmux-0/default,1,0' })).toBe(both);
  expect(clipboardSequence('x', { TERM: 'tmux-256color' })).toBe(both);
});

test('screen passes it on in pieces shorter than its limit', () => {
  const text = 'é'.repeat(3_000);
  const pieces = clipboardSequence(text, { STY: '1.pts', TERM: 'screen' })
    .split('\x1b\\')
    .filter((piece) => piece !== '');
  for (const piece of pieces) {
    expect(piece.startsWith('\x1bP')).toBe(true);
    expect(piece.length).toBeLessThan(768);
  }
  expect(pieces.map((piece) => piece.slice(2)).join('')).toBe(plain(text));
});

test('what is too much is cut at a line, or within the only one between two characters', () => {
  expect(clippingOf(['a', 'b'])).toEqual({ text: 'a\nb', lines: 2, cut: false });
  expect(clippingOf([])).toEqual({ text: '', lines: 0, cut: false });
  const many = clippingOf(Array.from({ length: 100 }, () => 'x'.repeat(999)));
  expect([many.lines, many.cut, many.text.length]).toEqual([55, true, 54_999]);
  for (const before of ['', 'a', 'ab']) {
    const { text, lines, cut } = clippingOf([before + '✓'.repeat(30_000)]);
    expect([lines, cut, text.replaceAll('✓', '')]).toEqual([1, true, before]);
    expect(Buffer.from(text).toString('base64').length).toBeLessThanOrEqual(74_000);
    expect(Buffer.byteLength(text)).toBeGreaterThan(55_490);
  }
});

/** A tmux that keeps what it is given and ends as it is told. */
function fakeTmux(status: number) {
  const folder = mkdtempSync(join(tmpdir(), 'paws-clipboard-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const kept = join(folder, 'kept');
  writeFileSync(join(folder, 'tmux'), `#!/bin/sh\necho "$@" > ${kept}\ncat >> ${kept}\nexit ${status}\n`);
  chmodSync(join(folder, 'tmux'), 0o755);
  const env = { TMUX: '/tmp/tmux-0/default,1,0', PATH: `${folder}:${process.env.PATH}` };
  return { env, kept: () => readFileSync(kept, 'utf8') };
}

test('inside tmux it is tmux that sets the clipboard', async () => {
  const tmux = fakeTmux(0);
  const written: string[] = [];
  await setClipboard('two\nlines', tmux.env, (sequence) => written.push(sequence));
  expect(tmux.kept()).toBe('load-buffer -w -\ntwo\nlines');
  expect(written).toEqual([]);
});

test('a tmux that cannot, or that is not there, is told by escape sequences', async () => {
  for (const env of [fakeTmux(1).env, { TMUX: 'x', PATH: '/nowhere' }]) {
    const written: string[] = [];
    await setClipboard('text', env, (sequence) => written.push(sequence));
    expect(written).toEqual([clipboardSequence('text', { TMUX: 'x' })]);
  }
  const written: string[] = [];
  await setClipboard('text', {}, (sequence) => written.push(sequence));
  expect(written.map((sequence) => decoded(sequence.slice(7, -1)))).toEqual(['text']);
});
