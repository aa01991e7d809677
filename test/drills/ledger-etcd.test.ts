import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { openLedger } from '../../source/drills/ledgers.ts';
import type { Ledger } from '../../source/drills/types.ts';
import type { Access } from '../../source/engine/types.ts';
import { accessTo } from '../probes/fake-server.ts';

type Reply = { readonly status?: number; readonly body: unknown } | 'hangs' | 'resets';

/** etcd's JSON gateway, as far as a ledger asks it; keys are kept in order, and a put is answered as told. */
async function startEtcd(put: (id: string) => Reply | null = () => null, gateway = true) {
  const kept = new Set<string>();
  const text = (base64: unknown) => Buffer.from(String(base64), 'base64').toString();
  const reply = (path: string, body: Record<string, unknown>): Reply => {
    if (!gateway) return { status: 404, body: {} };
    if (path.endsWith('/authenticate')) return { status: 400, body: { error: 'etcdserver: authentication failed' } };
    if (path.endsWith('/status')) return { body: { leader: '1' } };
    if (path.endsWith('/deleterange')) return { body: { deleted: String(kept.clear() ?? 0) } };
    if (path.endsWith('/put')) {
      const told = put(text(body.key).split('/').at(-1) ?? '');
      if (told === null) kept.add(text(body.key));
      return told ?? { body: { header: { revision: '7' } } };
    }
    const [start, end] = [text(body.key), text(body.range_end)];
    const keys = [...kept].sort().filter((key) => key >= start && key < end);
    const page = keys.slice(0, Number(body.limit ?? keys.length));
    const kvs = page.map((key) => ({ key: Buffer.from(key).toString('base64') }));
    return { body: { header: { revision: '7' }, kvs, ...(page.length < keys.length ? { more: true } : {}) } };
  };
  const server = createServer((request, response) => {
    let received = '';
    request.on('data', (chunk: Buffer) => {
      received += chunk.toString();
    });
    request.on('end', () => {
      const told = reply(request.url ?? '', JSON.parse(received));
      if (told === 'resets') request.socket.destroy();
      else if (told !== 'hangs') response.writeHead(told.status ?? 200).end(JSON.stringify(told.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { kept, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

async function ledgerOf(port: number, most: number, more: Partial<Access> = {}): Promise<Ledger> {
  const access = [accessTo(port, 'etcd', more)];
  const ledger = await openLedger('etcd', { access, run: 'r1', perSecond: 50, deadlineMs: 300, most });
  onTestFinished(() => ledger.close());
  return ledger;
}

test('what is acknowledged is a key, read back and deleted', async () => {
  const { port, kept } = await startEtcd();
  const ledger = await ledgerOf(port, 3);
  await ledger.open();
  ledger.start();
  await expect.poll(() => ledger.counts().acked).toBe(3);
  expect([...kept]).toEqual(['paws-top/ledger/r1/r1-1', 'paws-top/ledger/r1/r1-2', 'paws-top/ledger/r1/r1-3']);
  expect(await ledger.read('etcd1')).toEqual(new Set(['r1-1', 'r1-2', 'r1-3']));
  await ledger.clean();
  expect(kept.size).toBe(0);
});

test('a long run is read by pages, and another run is none of it', async () => {
  const { port, kept } = await startEtcd();
  for (let nth = 1; nth <= 4321; nth += 1) kept.add(`paws-top/ledger/r1/r1-${nth}`);
  kept.add('paws-top/ledger/r0/r0-1').add('paws-top/ledger/r10/r10-1');
  const read = await (await ledgerOf(port, 1)).read('etcd1');
  expect(read.size).toBe(4321);
  expect(read.has('r1-4321')).toBe(true);
});

test.each([
  [429, 'etcdserver: too many requests', 'failed'],
  [429, 'etcdserver: mvcc: database space exceeded', 'indeterminate'],
  [503, 'etcdserver: no leader', 'indeterminate'],
  [503, 'etcdserver: leader changed', 'indeterminate'],
  [503, 'etcdserver: request timed out', 'indeterminate'],
  [504, '', 'indeterminate'],
] as const)('HTTP %i %s: %s', async (status, error, outcome) => {
  const { port } = await startEtcd(() => ({ status, body: error === '' ? {} : { error, code: 14 } }));
  const ledger = await ledgerOf(port, 1);
  ledger.start();
  await expect.poll(() => ledger.attempts()[0]).toMatchObject({ outcome, why: expect.stringContaining(error) });
});

test.each(['hangs', 'resets'] as const)('a member that %s with a put is indeterminate', async (how) => {
  const { port } = await startEtcd(() => how);
  const ledger = await ledgerOf(port, 1);
  ledger.start();
  await expect.poll(() => ledger.attempts()[0]?.outcome).toBe('indeterminate');
});

test('without a gateway, opening says so', async () => {
  const { port } = await startEtcd(undefined, false);
  await expect((await ledgerOf(port, 1)).open()).rejects.toThrow(/has no JSON gateway$/);
});

test('credentials are shown before anything is asked', async () => {
  const { port } = await startEtcd();
  const ledger = await ledgerOf(port, 2, { credentials: { username: 'root', password: 'a secret' } });
  await expect(ledger.open()).rejects.toMatchObject({ kind: 'unauthorized' });
  expect(ledger.attempts()).toEqual([]);
});
