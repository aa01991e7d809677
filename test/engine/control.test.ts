import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { connectEngine } from '../../source/engine/connect.ts';
import type { Control } from '../../source/engine/types.ts';
import { httpEngine, type Routes, standard } from './http-engine.ts';

type Asked = { readonly call: string; readonly body: Record<string, unknown> | null };
type Answer = { readonly code?: number; readonly body?: object | Buffer };

/** An engine that notes what it is asked, in order, and answers as told; a path without an answer is 404. */
async function engineWith(answers: Readonly<Record<string, Answer>>): Promise<{ control: Control; asked: Asked[] }> {
  const asked: Asked[] = [];
  const route =
    ({ code = 200, body }: Answer) =>
    async (request: IncomingMessage, response: ServerResponse) => {
      const hasBody = request.headers['content-type'] === 'application/json';
      asked.push({ call: `${request.method} ${request.url}`, body: hasBody ? ((await json(request)) as never) : null });
      response.writeHead(code);
      response.end(Buffer.isBuffer(body) ? body : body === undefined ? '' : JSON.stringify(body));
    };
  const routes: Routes = Object.fromEntries(Object.entries(answers).map(([path, answer]) => [path, route(answer)]));
  const { address } = await httpEngine({ ...standard, ...routes });
  const engine = await connectEngine({ host: address, env: {} });
  onTestFinished(() => engine.close());
  return { control: engine.control, asked };
}
const calls = (asked: readonly Asked[]) => asked.map(({ call }) => call);
const refusal = (code: number, message: string): Answer => ({ code, body: { message } });

function frames(...parts: readonly (readonly [number, string])[]): Buffer {
  return Buffer.concat(
    parts.map(([stream, text]) => {
      const head = Buffer.alloc(8);
      head[0] = stream;
      head.writeUInt32BE(text.length, 4);
      return Buffer.concat([head, Buffer.from(text)]);
    }),
  );
}

test('a kill is one by SIGKILL unless another signal is named', async () => {
  const { control, asked } = await engineWith({ '/containers/c1/kill': { code: 204 } });
  await control.kill('c1');
  await control.kill('c1', 'SIGTERM');
  expect(calls(asked)).toEqual(['POST /containers/c1/kill?signal=SIGKILL', 'POST /containers/c1/kill?signal=SIGTERM']);
});

test('a stop leaves the grace to the container unless one is given, and having stopped already is as good', async () => {
  const { control, asked } = await engineWith({
    '/containers/c1/json': { body: { Id: 'c1', Config: { StopTimeout: 3 } } },
    '/containers/c1/stop': { code: 304 },
    '/containers/c1/restart': { code: 204 },
  });
  await control.stop('c1');
  await control.stop('c1', 2);
  await control.restart('c1', 0);
  expect(calls(asked)).toEqual([
    'GET /containers/c1/json',
    'POST /containers/c1/stop',
    'POST /containers/c1/stop?t=2',
    'POST /containers/c1/restart?t=0',
  ]);
});

test.each([
  [409, 'Container c1 is not running', 'not-running'],
  [500, 'Container c1 is not paused', 'not-running'],
  [500, '"c1" is not running, can\'t pause: container state improper', 'not-running'],
  [500, 'something broke', 'rejected'],
  [404, 'No such container: c1', 'rejected'],
] as const)('%i "%s" is %s', async (code, message, kind) => {
  const { control } = await engineWith({ '/containers/c1/unpause': refusal(code, message) });
  await expect(control.unpause('c1')).rejects.toMatchObject({ kind });
});

const place = { network: 'a net', ipv4: '10.0.0.2', ipv6: 'fd00::2', aliases: ['db'], links: ['other:o'] };

test('its place on a network is what was configured, without the names that the engine adds', async () => {
  const endpoint = {
    IPAMConfig: { IPv4Address: '10.0.0.2', IPv6Address: 'fd00::2' },
    Aliases: ['db', '0123456789ab'],
    Links: ['other:o'],
  };
  const Networks = {
    'a net': endpoint,
    auto: { IPAddress: '10.1.0.9', IPAMConfig: null, Aliases: null },
    host: {},
    none: null,
  };
  const { control } = await engineWith({
    '/containers/c1/json': { body: { Id: '0123456789abcdef', NetworkSettings: { Networks } } },
  });
  expect(await control.networksOf('c1')).toEqual([
    place,
    { network: 'auto', ipv4: null, ipv6: null, aliases: [], links: [] },
  ]);
});

test('it is put back where it was; what the engine gave, the engine gives again', async () => {
  const { control, asked } = await engineWith({ '/networks/a%20net/connect': {}, '/networks/a%20net/disconnect': {} });
  await control.disconnect('c1', 'a net');
  await control.connect('c1', place);
  await control.connect('c1', { ...place, ipv4: null, ipv6: null, aliases: [], links: [] });
  expect(asked.map(({ body }) => body)).toEqual([
    { Container: 'c1', Force: false },
    {
      Container: 'c1',
      EndpointConfig: {
        IPAMConfig: { IPv4Address: '10.0.0.2', IPv6Address: 'fd00::2' },
        Aliases: ['db'],
        Links: ['other:o'],
      },
    },
    { Container: 'c1', EndpointConfig: {} },
  ]);
});

const helper = { image: 'paws-top/nettools:latest', argv: ['sh', '-c', 'true'], project: 'paws' };
const helperAnswers = {
  '/containers/create': { code: 201, body: { Id: 'h1' } },
  '/containers/h1/attach': { body: frames([1, 'out '], [2, 'err']) },
  '/containers/h1/wait': { body: { StatusCode: 3 } },
  '/containers/h1/start': { code: 204 },
  '/containers/h1': refusal(404, 'gone'),
  '/containers/json': { body: [] },
};

test('a helper may change the network of the other container, and nothing else', async () => {
  const { control, asked } = await engineWith(helperAnswers);
  expect(await control.runBeside('c1', helper)).toEqual({ exitCode: 3, output: 'out err' });
  expect(asked[0]?.body).toMatchObject({
    Image: 'paws-top/nettools:latest',
    Entrypoint: ['sh'],
    Cmd: ['-c', 'true'],
    Labels: { 'paws-top.helper': 'paws' },
    HostConfig: {
      NetworkMode: 'container:c1',
      CapDrop: ['ALL'],
      CapAdd: ['NET_ADMIN', 'NET_RAW'],
      AutoRemove: true,
      RestartPolicy: { Name: 'no' },
    },
  });
  expect(calls(asked)).toContain('DELETE /containers/h1?force=true&v=true');
});

test('a helper that cannot be started is removed', async () => {
  const { control, asked } = await engineWith({
    ...helperAnswers,
    '/containers/h1/start': refusal(409, 'cannot join network of a non running container: c1'),
  });
  await expect(control.runBeside('c1', helper)).rejects.toMatchObject({ kind: 'not-running' });
  expect(calls(asked)).toContain('DELETE /containers/h1?force=true&v=true');
});

test('helpers that a dead process made and never started are removed, new ones are not', async () => {
  const made = (Id: string, ageMs: number) => ({ Id, Labels: { 'paws-top.made': String(Date.now() - ageMs) } });
  const { control, asked } = await engineWith({
    ...helperAnswers,
    '/containers/json': { body: [made('old', 5_000), made('new', 100)] },
    '/containers/old': { code: 204 },
  });
  await control.runBeside('c1', helper);
  expect(calls(asked).filter((call) => call.startsWith('DELETE'))).toEqual([
    'DELETE /containers/h1?force=true&v=true',
    'DELETE /containers/old?force=true&v=true',
  ]);
});

test('a command in a container: what it says on both streams, and how it ends', async () => {
  const { control, asked } = await engineWith({
    '/containers/c1/exec': { code: 201, body: { Id: 'e1' } },
    '/exec/e1/start': { body: frames([1, 'out\n'], [2, 'err\n']) },
    '/exec/e1/json': { body: { ExitCode: 4 } },
  });
  expect(await control.command('c1', ['id'])).toEqual({ exitCode: 4, output: 'out\nerr\n' });
  await control.command('c1', ['id'], { root: true });
  const created = asked.filter(({ call }) => call.includes('/containers/c1/exec')).map(({ body }) => body);
  expect(created).toMatchObject([
    { Cmd: ['id'], AttachStdout: true, AttachStderr: true },
    { Cmd: ['id'], User: '0' },
  ]);
  expect(created[0]).not.toHaveProperty('User');
});

test('a command in a paused container does not run', async () => {
  const { control } = await engineWith({ '/containers/c1/exec': refusal(409, 'Container c1 is paused') });
  await expect(control.command('c1', ['id'])).rejects.toMatchObject({ kind: 'not-running' });
});
