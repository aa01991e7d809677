import type { Access } from '../../source/engine/types.ts';
import { three } from '../drills/signals.ts';
import { type Reply, startRedis } from '../probes/fake-redis.ts';
import { accessTo } from '../probes/fake-server.ts';

/** What a Redis of the fake is now; tests change it. */
export type FakeNode = {
  role: 'master' | 'slave';
  follows: string;
  priority: number;
  /** As the Sentinel has it from its last look; left out: as it is. */
  seenPriority?: number;
  offset: number;
  paused: boolean;
};

/** Three Redis nodes, redis1 being master, and a Sentinel that promotes whom it prefers. */
export async function startSentinels({ failover = 'OK' as Reply } = {}) {
  const nodes: Record<string, FakeNode> = {};
  const log: string[] = [];
  const access: Access[] = [];
  const addressOf = (name: string) => `10.0.0.${name.at(-1)}`;
  let master = 'redis1';

  const redis = (name: string, node: FakeNode, [verb, sub = '', value = '', more = '']: readonly string[]): Reply => {
    const isChange = verb !== 'info' && sub !== 'get' && sub !== 'setname';
    if (isChange) log.push([name, verb, sub, value, more].filter(Boolean).join(' '));
    if (verb === 'info') return infoOf(node);
    if (verb === 'replicaof') Object.assign(node, { role: 'slave', follows: sub });
    if (verb === 'client' && sub === 'pause') node.paused = true;
    if (verb === 'client' && sub === 'unpause') node.paused = false;
    if (verb === 'config' && sub === 'get') return ['replica-priority', String(node.priority)];
    if (verb === 'config' && sub === 'set') node.priority = Number(more);
    if (verb === 'config' && sub === 'rewrite') return new Error('ERR The server is running without a config file');
    return 'OK';
  };
  for (const member of three('redis')) {
    const first = member.name === master;
    const node: FakeNode = {
      role: first ? 'master' : 'slave',
      follows: '10.0.0.1',
      priority: 100,
      offset: 500,
      paused: false,
    };
    nodes[member.name] = node;
    const { port } = await startRedis((command) => redis(member.name, node, command));
    access.push({ ...accessTo(port), member });
  }

  const promote = (): Reply => {
    log.push('sentinel1 failover');
    if (failover instanceof Error) return failover;
    const [next] = Object.entries(nodes)
      .filter(([name]) => name !== master)
      .sort(([, a], [, b]) => a.priority - b.priority);
    if (next === undefined) return new Error('NOGOODSLAVE');
    master = next[0];
    next[1].role = 'master';
    for (const node of Object.values(nodes)) if (node.role === 'slave') node.follows = addressOf(master);
    return 'OK';
  };
  const { port } = await startRedis(([verb, sub]) => {
    if (verb !== 'sentinel') return 'OK';
    if (sub === 'masters') return [['name', 'paws']];
    if (sub === 'master') return ['name', 'paws', 'flags', 'master'];
    if (sub === 'get-master-addr-by-name') return [addressOf(master), '6379'];
    if (sub === 'failover') return promote();
    const replicas = Object.entries(nodes).filter(([name]) => name !== master);
    return replicas.map(([name, { priority, seenPriority = priority }]) => [
      'ip',
      addressOf(name),
      'port',
      '6379',
      'slave-priority',
      String(seenPriority),
    ]);
  });
  access.push({ ...accessTo(port, 'sentinel') });
  const node = (name: string): FakeNode => {
    const found = nodes[name];
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };
  return { access, node, log: log as readonly string[] };
}

function infoOf({ role, follows, offset }: FakeNode): string {
  const link =
    role === 'slave'
      ? [`master_host:${follows}`, 'master_port:6379', 'master_link_status:up', `slave_repl_offset:${offset}`]
      : [];
  return ['# Replication', `role:${role}`, ...link, `master_repl_offset:${offset}`, ''].join('\r\n');
}
