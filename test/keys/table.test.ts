import { expect, test } from 'vitest';
import { keyGroups, keysMarkdown, keysText, ofLogs } from '../../source/keys/markdown.ts';
import { bindings } from '../../source/keys/table.ts';
import { type Binding, scopes } from '../../source/keys/types.ts';

const all: readonly Binding[] = bindings;

test('a chord means one thing within its scope', () => {
  for (const scope of scopes) {
    const chords = all.filter((binding) => binding.scope === scope).flatMap((binding) => binding.chords);
    expect(chords.filter((chord, index) => chords.indexOf(chord) !== index)).toEqual([]);
  }
  expect(all.length).toBeGreaterThan(30);
});

test('every binding has an id of its own, a chord and words', () => {
  expect(new Set(all.map((binding) => binding.id)).size).toBe(all.length);
  for (const { id, chords, label, help } of all) {
    expect(chords.length, id).toBeGreaterThan(0);
    expect(label.split(' ').length, id).toBeLessThanOrEqual(3);
    expect(help, id).toMatch(/^[A-Z]/);
  }
});

test('k, ^K, d and ^D only move', () => {
  const bound = all.filter((binding) =>
    binding.chords.some((chord) => ['k', 'K', 'ctrl+k', 'd', 'ctrl+d'].includes(chord)),
  );
  expect(bound.map((binding) => binding.intent.ui)).toEqual(['move', 'page']);
});

test('every key that changes the stack says so, and can be left out', () => {
  const changing = all.filter(({ intent }) =>
    ['break', 'choose', 'heal', 'actions', 'act', 'action-stop', 'console', 'profiles'].includes(intent.ui),
  );
  expect(changing.map(({ chords }) => chords[0])).toEqual(['x', 'r', 'S', 'e', 'E', '!', 'H', 'P', 'enter', 'S']);
  expect(changing.every(({ changes }) => changes === true)).toBe(true);
  const harmless = keyGroups(({ changes }) => changes !== true).flatMap(({ bindings: kept }) => kept);
  expect(harmless.filter(({ changes }) => changes === true)).toEqual([]);
  expect(harmless).toHaveLength(all.length - changing.length);
});

test('where there are no logs, there is no key of them', () => {
  const without = keyGroups((binding) => !ofLogs(binding)).flatMap(({ bindings: kept }) => kept);
  expect(without.filter(({ scope, label, help }) => scope === 'log' || /\blogs?\b/.test(`${label} ${help}`))).toEqual(
    [],
  );
  const logs = all.filter((binding) => !without.includes(binding));
  expect(logs.filter(({ scope }) => scope !== 'log').map(({ chords }) => chords[0])).toEqual(['l', 'J', 'space', 'a']);
});

test('no function key is bound, since Ink passes none on', () => {
  expect(all.flatMap((binding) => binding.chords).filter((chord) => /^f\d+$/.test(chord))).toEqual([]);
});

test('Markdown and text list every binding, the Markdown as a table of three columns', () => {
  const markdown = keysMarkdown();
  for (const { help } of all) {
    expect(markdown).toContain(help);
    expect(keysText()).toContain(help);
  }
  const lines = markdown.trim().split('\n');
  expect(lines).toHaveLength(all.length + 2);
  for (const line of lines) expect(line).toMatch(/^\|[^|]+\|[^|]+\|[^|]+\|$/);
});
