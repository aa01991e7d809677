import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** What the fake engine does with a path: answer this as JSON, or do what it likes with the response. */
type Route = unknown | ((request: IncomingMessage, response: ServerResponse) => void);
export type Routes = Readonly<Record<string, Route>>;

export const standard: Routes = {
  '/version': { Version: '99.1.2', Components: [{ Name: 'Engine' }] },
  '/info': { Name: 'elsewhere', SecurityOptions: null },
};

/** An HTTP server on a unix socket, as bad as a test wants it. Ends with the test. */
export async function httpEngine(routes: Routes): Promise<{ path: string; address: string; server: Server }> {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const path = join(folder, 'engine.sock');
  const server = createServer((request, response) => {
    const route = routes[(request.url ?? '').split('?', 1)[0] ?? ''];
    if (typeof route === 'function') route(request, response);
    else if (route === undefined) response.writeHead(404).end('{"message":"no such thing"}');
    else response.end(typeof route === 'string' ? route : JSON.stringify(route));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return { path, address: `unix://${path}`, server };
}

/** Never answers. */
export const hangs = (): void => {};
/** Promises more than it sends, then closes. */
export const closesMidAnswer = (_: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(200, { 'Content-Length': '1000' });
  response.write('[{"Id"', () => response.destroy());
};
