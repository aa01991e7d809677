import type { Access } from '../../source/engine/types.ts';
import { startHttp } from '../drills/fake-etcd.ts';
import { three } from '../drills/signals.ts';
import { accessTo } from '../probes/fake-server.ts';

export type Asked = { readonly member: string; readonly request: string; readonly body: unknown };

/** Patroni's REST interface on three members. GETs are answered by `say`, what changes something is noted. */
export async function fakePatroni(options: {
  readonly config?: object;
  readonly say?: (member: string, path: string) => object;
  readonly onChange?: (asked: Asked) => { readonly status?: number; readonly body: unknown };
}): Promise<{ access: readonly Access[]; changes: Asked[] }> {
  const { config = {}, say = () => ({}), onChange = () => ({ body: 'done' }) } = options;
  const changes: Asked[] = [];
  const access: Access[] = [];
  for (const member of three('patroni')) {
    const { port } = await startHttp((path, body, _response, { method }) => {
      if (method === 'GET') return { body: path === '/config' ? config : say(member.name, path) };
      const asked = { member: member.name, request: `${method} ${path}`, body };
      changes.push(asked);
      return onChange(asked);
    });
    access.push({ ...accessTo(port, 'patroni'), member, credentials: { username: 'patroni', password: 'hush-hush' } });
  }
  return { access, changes };
}
