import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseComposeFile } from '../../source/engine/compose-file.ts';
import { ensureSecrets, removeSecrets, secretsFile } from '../../source/engine/secrets.ts';
import { writePrivately } from '../../source/engine/state-dir.ts';
import type { ContainerDetails } from '../../source/engine/types.ts';
import { containerWith } from './containers.ts';
import { odd } from './odd-passwords.ts';

const file = parseComposeFile(
  `
services:
  db: { environment: { SUPERUSER: '\${PAWS_DB_PASSWORD:?up}', PLAIN: x } }
  cache: { environment: ['AUTH=\${PAWS_CACHE_PASSWORD:?up}'] }
`,
  {},
);
if (file === null) throw new Error('the test’s own compose file is none');
const both = ['PAWS_CACHE_PASSWORD', 'PAWS_DB_PASSWORD'];

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'paws-top-secrets-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const env = () => ({ XDG_STATE_HOME: home });
const path = () => secretsFile(env(), 'paws');
const kept = () => parseEnv(readFileSync(path(), 'utf8'));

type Situation = { containers?: ContainerDetails[]; volumes?: string[]; given?: Record<string, string> };
function ensure({ containers = [], volumes = [], given = {} }: Situation = {}) {
  return ensureSecrets({
    file: file as NonNullable<typeof file>,
    project: 'paws',
    env: env(),
    given,
    containers,
    volumes: async () => volumes,
  });
}
const db = (state: 'running' | 'exited', password: string) =>
  containerWith({ container: { service: 'db', project: 'paws', state }, env: { SUPERUSER: password } });
const cache = containerWith({ container: { service: 'cache', project: 'paws' }, env: { AUTH: 'cache-secret' } });

test('the first time random secrets are made, that only their owner can read', async () => {
  expect(await ensure()).toBe('made');
  expect(Object.keys(kept()).sort()).toEqual(both);
  expect(kept().PAWS_DB_PASSWORD).toMatch(/^[0-9a-f]{32}$/);
  expect(kept().PAWS_DB_PASSWORD).not.toBe(kept().PAWS_CACHE_PASSWORD);
  expect(statSync(path()).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(path())).mode & 0o777).toBe(0o700);
  expect(readdirSync(dirname(path()))).toEqual(['secrets.env']);
});

test('kept secrets stay as they are', async () => {
  await ensure();
  const before = kept();
  expect(await ensure({ volumes: ['paws_db'] })).toBe('kept');
  expect(kept()).toEqual(before);
});

test('a lost file is recovered from the containers, the running ones first', async () => {
  const containers = [db('exited', 'old'), db('running', 'new'), cache];
  expect(await ensure({ containers, volumes: ['paws_db'] })).toBe('recovered');
  expect(kept()).toEqual({ PAWS_DB_PASSWORD: 'new', PAWS_CACHE_PASSWORD: 'cache-secret' });
});

test('secrets that are lost while data remains are said before anything is written', async () => {
  const lost = ensure({ containers: [cache], volumes: ['paws_db', 'a', 'b', 'c'] });
  await expect(lost).rejects.toMatchObject({
    kind: 'precondition',
    message: expect.stringMatching(/paws_db, a, b and 1 more.*paws-top down --volumes/),
  });
  await expect(lost).rejects.not.toThrow('cache-secret');
  expect(() => kept()).toThrow('ENOENT');
});

test('a variable that a newer version requires is added to those that are kept', async () => {
  await writePrivately(path(), 'PAWS_DB_PASSWORD=mine\n');
  expect(await ensure({ volumes: ['paws_db'] })).toBe('completed');
  expect(kept().PAWS_DB_PASSWORD).toBe('mine');
  expect(kept().PAWS_CACHE_PASSWORD).toMatch(/^[0-9a-f]{32}$/);
});

test('what the user gives is not made', async () => {
  await ensure({ given: { PAWS_DB_PASSWORD: 'theirs' } });
  expect(Object.keys(kept())).toEqual(['PAWS_CACHE_PASSWORD']);
});

test('forgotten secrets are gone, and forgetting twice is fine', async () => {
  await ensure();
  await removeSecrets(env(), 'paws');
  await removeSecrets(env(), 'paws');
  expect(() => kept()).toThrow('ENOENT');
});

test.each(odd)('the password %j is read back as it is', async (password) => {
  await ensure({ containers: [db('running', password), cache] });
  expect(kept().PAWS_DB_PASSWORD).toBe(password);
});

test.each(["it's $5", 'ends with \\'])('the password %j, which no file can hold, is refused', async (password) => {
  const refused = ensure({ containers: [db('running', password), cache] });
  await expect(refused).rejects.toMatchObject({ kind: 'precondition' });
  await expect(refused).rejects.not.toThrow(password);
});
