import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectEngine, connectFirst } from '../../source/engine/connect.ts';
import { toStackError } from '../../source/engine/request.ts';
import { closesMidAnswer, hangs, httpEngine, standard } from './http-engine.ts';

const refusal = (host: string) =>
  connectEngine({ host, env: {} }).then(
    () => expect.fail('it connected'),
    (error: unknown) => error,
  );

test('connects to what answers and says what it is', async () => {
  const { address } = await httpEngine(standard);
  const engine = await connectEngine({ host: address, env: {} });
  expect(await engine.version()).toBe('Docker 99.1.2');
  expect(engine).toMatchObject({ address, local: false, rootless: false });
  engine.close();
});

test('Podman is told by its components, rootless by its security options', async () => {
  const { address } = await httpEngine({
    '/version': { Version: '5.2.1+build', Components: [{ Name: 'Podman Engine' }] },
    '/info': { Name: 'elsewhere', SecurityOptions: ['name=seccomp,profile=default', 'name=rootless'] },
  });
  const engine = await connectEngine({ host: address, env: {} });
  expect(await engine.version()).toBe('Podman 5.2.1');
  expect(engine.rootless).toBe(true);
  engine.close();
});

test('DOCKER_HOST of the process does not override what was asked for', async () => {
  vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:1');
  onTestFinished(() => void vi.unstubAllEnvs());
  const { address } = await httpEngine(standard);
  const engine = await connectEngine({ host: address, env: {} });
  await expect(engine.ping()).rejects.toMatchObject({ kind: 'rejected' }); // the fake knows no /_ping: it was reached
  engine.close();
});

test('a socket that is not there: what was tried, and by whose word', async () => {
  const error = await connectEngine({ host: null, env: { DOCKER_HOST: 'unix:///nowhere/x.sock' } }).catch(
    (e: unknown) => e,
  );
  expect(error).toMatchObject({ kind: 'no-engine' });
  expect(String(error)).toContain('unix:///nowhere/x.sock from DOCKER_HOST (no such socket)');
});

const usual = (path: string) => ({ address: `unix://${path}`, source: 'usual place', certificates: null });

test('of several places the first that answers is taken', async () => {
  const [first, second] = [await httpEngine(standard), await httpEngine(standard)];
  const engine = await connectFirst([usual('/nowhere/x.sock'), usual(first.path), usual(second.path)]);
  expect(engine.address).toBe(first.address);
  engine.close();
});

test('when none answers all are named, and what to do', async () => {
  await expect(connectFirst([usual('/nowhere/x.sock'), usual('/nowhere/y.sock')])).rejects.toThrow(
    'answers at unix:///nowhere/x.sock (no such socket), unix:///nowhere/y.sock (no such socket): start Docker or Podman, or name one with --host',
  );
});

test('nobody listens on a socket that was left behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stale-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'x.sock');
  writeFileSync(path, '');
  expect(await refusal(path)).toMatchObject({ kind: 'no-engine', message: expect.stringContaining('nobody listens') });
});

test('what does not speak HTTP, or is no engine, is none', async () => {
  const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  expect(await refusal(`tcp://127.0.0.1:${port}`)).toMatchObject({
    kind: 'no-engine',
    message: expect.stringContaining('does not speak HTTP'),
  });
  const { address } = await httpEngine({ ...standard, '/version': '<html>welcome</html>' });
  expect(await refusal(address)).toMatchObject({ kind: 'no-engine', message: expect.stringContaining('not JSON') });
});

test('an engine that hangs is given up within its deadline', async () => {
  const { address } = await httpEngine({ ...standard, '/version': hangs });
  const startedAt = performance.now();
  expect(await refusal(address)).toMatchObject({ kind: 'no-engine', message: expect.stringContaining('no answer') });
  expect(performance.now() - startedAt).toBeLessThan(4000);
});

test('an engine that closes in the middle of its answer is given up at once', async () => {
  const { address } = await httpEngine({ ...standard, '/version': closesMidAnswer });
  const startedAt = performance.now();
  expect(await refusal(address)).toMatchObject({ message: expect.stringContaining('closed the connection') });
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

test('an engine that is closed to this user: how to open it', async () => {
  const { path } = await httpEngine(standard);
  chmodSync(path, 0);
  // Root is stopped by no permission, so the test becomes nobody for as long as it connects.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    chmodSync(join(path, '..'), 0o755);
    process.seteuid?.(65534);
  }
  const error = await refusal(path).finally(() => isRoot && process.seteuid?.(0));
  expect(error).toMatchObject({ kind: 'not-permitted', message: expect.stringContaining('usermod -aG docker $USER') });
});

test.each([
  [{ code: 'EACCES' }, 'not-permitted'],
  [{ code: 'ECONNREFUSED' }, 'no-engine'],
  [{ code: 'ECONNRESET' }, 'closed'],
  [{ code: 'HPE_INVALID_CONSTANT' }, 'garbage'],
  [{ statusCode: 404 }, 'rejected'],
  [{ statusCode: 409 }, 'not-running'],
])('%j is %s', (error, kind) => {
  expect(toStackError('test', error, 1).kind).toBe(kind);
});
