import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { log } from './log.ts';
import * as postgres from './postgres.ts';
import * as redis from './redis.ts';
import { settings } from './settings.ts';
import { enrol, read } from './students.ts';
import { startTraffic, traffic } from './traffic.ts';

const bodyLimit = 16 * 1024;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An answer that is the caller's fault. */
class BadRequest extends Error {}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(`${JSON.stringify(body)}\n`);
}

async function nameFrom(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > bodyLimit) throw new BadRequest('the body is too large');
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new BadRequest('the body is not JSON');
  }
  const name = typeof body === 'object' && body !== null && 'name' in body ? body.name : undefined;
  if (typeof name !== 'string' || name.trim() === '') throw new BadRequest('expected {"name": "…"}');
  return name.trim().slice(0, 200);
}

/** 200 means that this process serves; what it can reach is in the body. A restart would not bring a database back. */
async function health(response: ServerResponse): Promise<void> {
  const [db, cache] = await Promise.all([postgres.check(), redis.check()]);
  const status = db.writable && cache.reachable ? 'ok' : 'degraded';
  send(response, 200, { status, postgres: db, redis: cache, traffic });
}

async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const at = `${request.method} ${pathname}`;
  if (at === 'GET /health') return health(response);
  if (at === 'POST /students') return send(response, 201, await enrol(await nameFrom(request)));
  if (at.startsWith('GET /students/')) {
    const id = pathname.slice('/students/'.length);
    if (!uuid.test(id)) throw new BadRequest('the id is not a UUID');
    const { student, cache } = await read(id);
    if (student === null) return send(response, 404, { error: 'no such student' }, { 'x-cache': cache });
    return send(response, 200, student, { 'x-cache': cache });
  }
  send(response, 404, { error: 'try POST /students, GET /students/:id or GET /health' });
}

const server = createServer((request, response) => {
  route(request, response).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    send(response, error instanceof BadRequest ? 400 : 503, { error: message });
  });
});

server.listen(settings.port, () => log(`backend: listening on ${settings.port}`));
const stopTraffic = startTraffic(settings.trafficRate);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    stopTraffic();
    server.close();
    redis.close();
    // Whatever still hangs on a dead database must not keep the process.
    setTimeout(() => process.exit(0), 2000).unref();
    void postgres.close().finally(() => process.exit(0));
  });
}
