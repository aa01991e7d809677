import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { expect, test } from 'vitest';

const source = join(import.meta.dirname, '..', 'source');

/** Folder → folders it may import; `types` allows only `import type`. The order is the flow of data. */
const allowed: Record<string, { values: string[]; types?: string[] }> = {
  stack: { values: [] },
  engine: { values: ['stack'] },
  probes: { values: ['stack'], types: ['engine'] },
  monitor: { values: ['stack', 'probes'], types: ['engine'] },
  actions: { values: ['stack', 'engine', 'probes'] },
  drills: { values: ['stack', 'engine', 'probes', 'actions'] },
  logs: { values: ['stack', 'engine'] },
  doctor: { values: ['stack', 'engine', 'probes'] },
  keys: { values: ['stack'], types: ['actions'] },
  commands: { values: ['stack', 'engine', 'probes', 'monitor', 'actions', 'drills', 'logs', 'doctor', 'keys'] },
  ui: { values: ['stack', 'monitor', 'keys', 'actions', 'drills', 'logs', 'doctor', 'engine', 'probes'] },
};
const uiOnly = /^(ink|react)(\/|$)/;

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
const importPattern = /^\s*(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|import\('([^']+)'\)/gm;

/** Every import of a file: what, whether only its type, and whether when it is reached. */
function importsOf(file: string): { typeOnly: boolean; lazy: boolean; specifier: string }[] {
  const text = readFileSync(join(source, file), 'utf8');
  return [...text.matchAll(importPattern)].map((match) => ({
    typeOnly: match[1] !== undefined,
    lazy: match[3] !== undefined,
    specifier: match[2] ?? match[3] ?? '',
  }));
}

test('imports follow the flow of data', () => {
  const wrong: string[] = [];
  for (const file of files) {
    const folder = file.split('/')[0] ?? '';
    const rule = allowed[folder];
    if (rule === undefined) continue; // cli.ts wires everything
    for (const { typeOnly, specifier } of importsOf(file)) {
      if (!specifier.startsWith('.')) continue;
      const target = relative(source, normalize(join(source, dirname(file), specifier))).split('/')[0] ?? '';
      const fine = target === folder || rule.values.includes(target) || (typeOnly && rule.types?.includes(target));
      if (!fine) wrong.push(`${file} imports ${specifier}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(files.length).toBeGreaterThan(10);
});

test('only ui knows ink and react, and only ui has .tsx', () => {
  const wrong = files.filter(
    (file) =>
      !file.startsWith('ui/') &&
      (file.endsWith('.tsx') || importsOf(file).some((entry) => uiOnly.test(entry.specifier))),
  );
  expect(wrong).toEqual([]);
});

test('what starts the program loads no library, only Node and words', () => {
  const seen = new Set<string>();
  const libraries: string[] = [];
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { typeOnly, lazy, specifier } of importsOf(file)) {
      if (typeOnly || lazy) continue;
      if (specifier.startsWith('.')) visit(normalize(join(dirname(file), specifier)));
      else if (!specifier.startsWith('node:')) libraries.push(`${file} imports ${specifier}`);
    }
  };
  visit('cli.ts');
  expect(seen.size).toBeGreaterThan(1);
  expect(libraries).toEqual([]);
});

test('each client library is imported by the one module that wraps it', () => {
  const wrapped = ['dockerode', 'pg', 'ioredis', 'etcd3', 'execa', 'meow'];
  for (const library of wrapped) {
    const users = files.filter((file) =>
      importsOf(file).some(({ typeOnly, specifier }) => !typeOnly && specifier === library),
    );
    expect({ library, users }).toEqual({ library, users: users.slice(0, 1) });
  }
});

test('folders are known and two levels deep at most', () => {
  const wrong = files.filter((file) => {
    const parts = file.split('/');
    return parts.length > 3 || (parts.length > 1 && allowed[parts[0] ?? ''] === undefined);
  });
  expect(wrong).toEqual([]);
});

test('no file has grown past two ideas', () => {
  const long = files.filter((file) => readFileSync(join(source, file), 'utf8').split('\n').length > 300);
  expect(long).toEqual([]);
});
