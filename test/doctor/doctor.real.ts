import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Diagnosis } from '../../source/doctor/types.ts';
import { createRun } from '../../source/engine/run.ts';
import { withSystemPath } from '../../source/engine/setup-machine.ts';
import { readStaleRules, removeStaleRules } from '../../source/engine/stale-rules.ts';
import { runCli } from '../helpers/cli.ts';
import { containerOf, docker, ensureStack, ours } from '../helpers/stack.ts';

beforeAll(ensureStack);

const run = createRun(withSystemPath(process.env));

async function examine(project: string): Promise<{ code: number | null; diagnosis: Diagnosis; ms: number }> {
  const { code, stdout, stderr, ms } = await runCli(['doctor', '--json', '--project', project]);
  if (stdout === '') throw new Error(stderr);
  return { code, diagnosis: JSON.parse(stdout) as Diagnosis, ms };
}

test('the healthy stack: no finding, nothing unread, exit 0, under 3 s, and no password in what is printed', async () => {
  const { code, stdout, stderr, ms } = await runCli(['doctor', '--json', ...ours]);
  const diagnosis = JSON.parse(stdout) as Diagnosis;
  expect(diagnosis).toMatchObject({ schema: 1, stack: 'paws', findings: [], unread: [] });
  expect(diagnosis.checks).toBeGreaterThan(50);
  expect(code).toBe(0);
  expect(ms).toBeLessThan(3_000);
  process.stdout.write(
    `doctor: ${diagnosis.checks} checks in ${diagnosis.tookMs} ms, ${Math.round(ms)} with its start\n`,
  );

  const { Config } = await (await containerOf('patroni1')).inspect();
  const secrets = Config.Env.flatMap((entry) => /PASSWORD=(.+)/.exec(entry)?.[1] ?? []);
  expect(secrets.length).toBeGreaterThan(3);
  for (const secret of secrets) expect(`${stdout}${stderr}`).not.toContain(secret);
});

test('without an engine: how to get one, the machine all the same, exit 69', async () => {
  const { code, stdout } = await runCli(['doctor'], { env: { DOCKER_HOST: 'unix:///nowhere.sock' } });
  expect(code).toBe(69);
  expect(stdout).toMatch(/^bad {6}no container engine answers at unix:\/\/\/nowhere\.sock/);
  expect(stdout).toMatch(/ {2}mend {3}no container engine answers\. \S.*:\n {9}\S/);
  expect(stdout).toMatch(/^\d+ checks, 1 finding, in .*the machine; there is no stack here$/m);
  expect(stdout.split('\n').filter((line) => line.length > 100 && !line.startsWith('         '))).toEqual([]);
});

const project = 'paws-doctor';
const subnet = '172.29.78.0/24';
const fileOf = (password: string) => `
services:
  database:
    image: paws-top/redis
    command: [redis-server, --protected-mode, "no"]
    environment: { REDIS_PASSWORD: ${password} }
    ports: ["6379"]
  failed: { image: paws-top/redis, command: [sh, -c, exit 3] }
networks: { default: { ipam: { config: [{ subnet: ${subnet} }] } } }
`;

test('a stack of somebody else’s: open to all, guessed at once, paused, failed, not what its file says, behind stale rules', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'paws-doctor-'));
  const file = join(folder, 'compose.yaml');
  const compose = (...words: string[]) =>
    run(['docker', 'compose', '--project-name', project, '--file', file, ...words], { timeoutMs: 30_000 });
  const rule = `POSTROUTING -s ${subnet} ! -o br-0123456789ab -j MASQUERADE`;
  onTestFinished(async () => {
    await removeStaleRules(run, [rule]);
    await compose('down', '--timeout', '0');
    await rm(folder, { recursive: true });
  }, 30_000);
  await writeFile(file, fileOf('redis'));
  const started = await compose('up', '--detach');
  expect(started.stderr).toContain('Started');
  await docker.getContainer(`${project}-database-1`).pause();
  await writeFile(file, fileOf('another'));
  expect((await run(['iptables', '-t', 'nat', '-A', ...rule.split(' ')])).exitCode).toBe(0);

  const { code, diagnosis, ms } = await examine(project);
  expect(code).toBe(1);
  expect(ms).toBeLessThan(8_000); // a paused member is waited for until the deadline of each question
  const found = diagnosis.findings.map(({ check, subject, text }) => `${check}: ${subject ?? ''}: ${text}`);
  const database = `${project}-database-1`;
  expect(found).toEqual(
    expect.arrayContaining([
      `containers.paused: ${database}: it is paused`,
      `containers.ended: ${project}-failed-1: it ended with exit code 3`,
      `containers.default-passwords: ${database}: REDIS_PASSWORD is a password that everybody tries first`,
      expect.stringMatching(/^containers\.open-ports: .*: 0\.0\.0\.0:\d+ \(its 6379\) is open beyond this machine$/),
      expect.stringMatching(/^containers\.drift: : .* of database than when it was made$/),
      expect.stringMatching(/^machine\.address-rules: : 1 address rewriting rule of networks that are gone/),
    ]),
  );
  expect(diagnosis.findings.find(({ check }) => check === 'containers.drift')?.mend).toContain(`--file ${file} up`);

  expect(await readStaleRules(run, [subnet])).toEqual([rule]);
  expect(await removeStaleRules(run, [rule])).toBe(null);
  expect(await readStaleRules(run, [subnet])).toEqual([]);
});
