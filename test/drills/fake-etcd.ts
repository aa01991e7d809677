import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type FakeHttp = { readonly port: number; readonly asked: readonly { path: string; body: unknown }[] };
type Answer = { readonly status?: number; readonly body: unknown };

/** An HTTP server that answers JSON, or text; what `answer` leaves null is its own to write. Ends with the test. */
export async function startHttp(
  answer: (path: string, body: unknown, response: ServerResponse, request: IncomingMessage) => Answer | null,
): Promise<FakeHttp> {
  const asked: { path: string; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const body: unknown = text === '' ? null : JSON.parse(text);
    const path = request.url ?? '';
    asked.push({ path, body });
    const said = answer(path, body, response, request);
    if (said === null) return;
    response.writeHead(said.status ?? 200);
    response.end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, asked };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** An etcd that holds Patroni's leader key at revision 100, and streams what it is told to. */
export async function startEtcd({ leader = 'patroni1', at = '/service/paws/' } = {}) {
  const streams = new Set<ServerResponse>();
  const watches: string[] = [];
  const server = await startHttp((path, body, response) => {
    if (path === '/v3/kv/range') return { body: range(body as Range, at, leader) };
    if (path === '/v3/lease/timetolive') return { body: { ID: '77', TTL: '13', grantedTTL: '20' } };
    if (path !== '/v3/watch') return { status: 404, body: 'page not found' };
    watches.push((body as { create_request: { start_revision: string } }).create_request.start_revision);
    response.writeHead(200);
    response.write(`${JSON.stringify({ result: { created: true } })}\n`);
    streams.add(response);
    response.on('close', () => streams.delete(response));
    return null;
  });
  return {
    ...server,
    /** Revisions from which a watch was asked for. */
    watches: watches as readonly string[],
    streams: () => streams.size,
    /** Of one revision; null deletes. */
    say(key: string, value: string | null, revision: number): void {
      const kv = {
        key: base64(at + key),
        mod_revision: String(revision),
        ...(value === null ? {} : { value: base64(value) }),
      };
      const event = value === null ? { type: 'DELETE', kv } : { kv };
      for (const stream of streams) stream.write(`${JSON.stringify({ result: { events: [event] } })}\n`);
    },
    drop(): void {
      for (const stream of streams) stream.destroy();
    },
  };
}

type Range = { readonly key: string; readonly range_end?: string };

function range({ key, range_end: end }: Range, at: string, leader: string): unknown {
  const header = { revision: '100' };
  const kv = { key: base64(`${at}leader`), value: base64(leader), lease: '77', mod_revision: '90' };
  return end !== undefined || key === kv.key ? { header, kvs: [kv] } : { header };
}
