import { expect, onTestFinished, test } from 'vitest';
import { base64, openEtcdGateway, withPrefix } from '../../source/probes/etcd-gateway.ts';
import { startHttp } from '../drills/fake-etcd.ts';
import { accessTo } from './fake-server.ts';

const credentials = { username: 'root', password: 'a secret' };

function open(port: number, more: object = {}) {
  const gateway = openEtcdGateway(accessTo(port, 'etcd', more));
  onTestFinished(gateway.close);
  return gateway;
}

test('with credentials each request carries a token, and a token that is not taken is renewed', async () => {
  let valid = 'one';
  const seen: (string | undefined)[] = [];
  const { port, asked } = await startHttp((path, _body, _response, { headers }) => {
    if (path === '/v3/auth/authenticate') return { body: { token: valid } };
    seen.push(headers.authorization);
    if (headers.authorization === valid) return { body: { fine: true } };
    return { status: 401, body: { error: 'etcdserver: invalid auth token' } };
  });
  const { call } = open(port, { credentials });
  expect(await call('/v3/kv/range', {}, 1_000)).toEqual({ fine: true });
  valid = 'two';
  await expect(call('/v3/kv/range', {}, 1_000)).rejects.toMatchObject({ kind: 'unauthorized' });
  expect(await call('/v3/kv/range', {}, 1_000)).toEqual({ fine: true });
  expect(seen).toEqual(['one', 'one', 'two']);
  expect(asked[0]).toMatchObject({ body: { name: 'root', password: 'a secret' } });
});

test('credentials that nobody asks for are no hindrance', async () => {
  const { port } = await startHttp((path) =>
    path === '/v3/auth/authenticate'
      ? { status: 400, body: { error: 'etcdserver: authentication is not enabled' } }
      : { body: { fine: true } },
  );
  expect(await open(port, { credentials }).call('/v3/kv/range', {}, 1_000)).toEqual({ fine: true });
});

test.each([
  [{ status: 500, body: { error: 'etcdserver: no leader' } }, 'rejected', /etcd1 .* said no: etcdserver: no leader/],
  [{ status: 404, body: 'not here' }, 'rejected', /no JSON gateway/],
  [{ status: 200, body: '<html>' }, 'garbage', /not JSON/],
  [null, 'timeout', /did not answer within 200 ms/],
])('%j is told as what it is', async (answer, kind, message) => {
  const { port } = await startHttp(() => answer);
  await expect(open(port).call('/v3/kv/range', {}, 200)).rejects.toMatchObject({
    kind,
    message: expect.stringMatching(message),
  });
});

test('a watch hands over whole messages, wherever the chunks were cut, and ends when etcd ends it', async () => {
  const { port, asked } = await startHttp((_path, _body, response) => {
    response.writeHead(200);
    response.write('{"result":{"created":true}}\n{"result":{"ev');
    setTimeout(() => response.end('ents":[1]}}\n'), 20);
    return null;
  });
  const heard: unknown[] = [];
  await open(port).watch({ ...withPrefix('/service/paws/'), start_revision: '7' }, (result) => heard.push(result));
  expect(heard).toEqual([{ created: true }, { events: [1] }]);
  const range = { key: base64('/service/paws/'), range_end: base64('/service/paws0') };
  expect(asked).toMatchObject([{ path: '/v3/watch', body: { create_request: { ...range, start_revision: '7' } } }]);
});

test.each([
  [{ status: 503, body: 'no leader' }, /HTTP 503, no leader/],
  [{ status: 200, body: 'hello\n' }, /a line that is not JSON/],
])('a watch that is answered by %j rejects', async (answer, message) => {
  const { port } = await startHttp(() => answer);
  await expect(open(port).watch({ key: base64('x') }, () => undefined)).rejects.toThrow(message);
});
