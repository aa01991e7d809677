import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCore } from '../../source/commands/up-core.ts';
import type { Prepared } from '../../source/commands/up-prepare.ts';
import { openComposeProject } from '../../source/engine/compose.ts';
import { servicesOf } from '../../source/engine/compose-file.ts';
import type { Run } from '../../source/engine/run.ts';
import { details, fakeEngine } from '../helpers/fake-engine.ts';

const service = (role: string, at: string, profiles: string) =>
  `{ image: redis, profiles: [${profiles}], labels: { paws-top.system: ${role} }, volumes: ['${at}:/data'], hostname: ${at} }`;
const yaml = `
services:
  one: ${service('redis', 'one', 'small, large')}
  two: ${service('redis', 'two', 'large')}
  guard: ${service('sentinel', 'guard', 'large')}
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paws-top-core-'));
  writeFileSync(join(folder, 'compose.yaml'), yaml);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Before the small profile starts: the master that the Sentinel wrote down, whose data there is, and who runs. */
async function before(master: string, volumes: readonly string[], running: readonly string[] = []) {
  const notes: string[] = [];
  const ran: string[] = [];
  const cli: Run = async ([verb = '', ...rest]) => {
    ran.push(verb);
    const views = `\nsentinel monitor theirs ${master} 6379 1\nsentinel config-epoch theirs 4\n`;
    const listed = volumes.map((name) => `${name} theirs_${name}\n`).join('');
    return { exitCode: 0, stdout: verb === 'volume' ? listed : rest.includes('redis') ? views : '', stderr: '' };
  };
  const project = await openComposeProject({
    project: 'paws',
    composeFile: join(folder, 'compose.yaml'),
    env: {},
  });
  const engine = await fakeEngine(running.map((name) => details(name))).connect();
  const given = { project, progress: { note: (text: string) => notes.push(text) }, setup: { engine, cli } };
  const core = await openCore(given as unknown as Prepared, servicesOf(project.file, 'small'));
  return { needed: core === null ? null : await core.before(), notes, ran };
}

test('a master beside the profile is started too, with its Sentinels, and it is said', async () => {
  const { needed, notes } = await before('two', ['one', 'two', 'guard']);
  expect(needed).toEqual(['two', 'guard']);
  expect(notes).toEqual(['the last Redis master is two: starting two and guard too, for a while']);
});

test('whoever of them runs is not started', async () => {
  expect((await before('two', ['one', 'two', 'guard'], ['two'])).needed).toEqual(['guard']);
});

test('a Redis that runs without its Sentinels is not believed to be the master', async () => {
  expect((await before('two', ['one', 'two', 'guard'], ['one'])).needed).toEqual(['two', 'guard']);
});

test('Sentinels that run say themselves who is master', async () => {
  const { needed, ran } = await before('two', ['one', 'two', 'guard'], ['one', 'two', 'guard']);
  expect(needed).toEqual([]);
  expect(ran).not.toContain('run');
});

test('nobody is needed beside a master of the profile, or where there is no other data', async () => {
  expect((await before('one', ['one', 'two', 'guard'])).needed).toEqual([]);
  const { needed, ran } = await before('two', ['one']);
  expect(needed).toBeNull();
  expect(ran).toEqual(['volume']);
});
