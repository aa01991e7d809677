import type { Access } from '../engine/types.ts';
import { base64, type EtcdGateway, fromBase64, openEtcdGateway, withPrefix } from '../probes/etcd-gateway.ts';
import { fieldsOf, listOf, numberOrNull, textOf } from '../probes/fields.ts';
import { openJsonClient } from '../probes/http.ts';
import { StackError } from '../stack/errors.ts';

/** Where Patroni keeps who leads (patroni/dcs/__init__.py), and what stands there. */
export type LeaderKey = {
  /** `/service/paws/`: before `leader`, `sync`, `failover`, `history`. */
  readonly prefix: string;
  /** Patroni's name of the leader; null: nobody holds the key. */
  readonly leader: string | null;
  /** Decimal id of the lease behind it; null: none. */
  readonly lease: string | null;
  /** Revision of the store at which this was so. */
  readonly revision: string;
};

const gatewaysOf = (access: readonly Access[]): readonly EtcdGateway[] =>
  access.filter(({ member, endpoint }) => member.system === 'etcd' && endpoint !== null).map(openEtcdGateway);

/**
 * What is left of the lease behind Patroni's leader key, in ms; null when nobody within 500 ms could tell. etcd counts
 * whole seconds, cut off: up to 1000 ms more may be left.
 */
export async function leaseLeft(access: readonly Access[]): Promise<number | null> {
  const gateways = gatewaysOf(access);
  const patience = 500;
  const startedAt = performance.now();
  const left = () => Math.max(1, patience - (performance.now() - startedAt));
  try {
    const scope = await scopeOf(access, patience);
    return await Promise.any(
      gateways.map(async (gateway) => {
        const { lease } = await readLeaderKey(gateway, scope, left());
        if (lease === null) throw new StackError('rejected', `${gateway.subject} knows no lease of a leader`);
        const answer = await gateway.call('/v3/lease/timetolive', { ID: lease }, left());
        const seconds = numberOrNull(answer.TTL);
        // Zero is left out of JSON, and an expired lease is -1.
        if (seconds !== null && seconds < 0) throw new StackError('rejected', `${gateway.subject}: the lease is over`);
        return 1_000 * (seconds ?? 0);
      }),
    );
  } catch {
    return null;
  } finally {
    for (const gateway of gateways) gateway.close();
  }
}

/** The scope that Patroni's members are of. @throws StackError when none says within the deadline */
export async function scopeOf(access: readonly Access[], deadlineMs: number): Promise<string> {
  const members = access.filter(({ member }) => member.system === 'patroni');
  const asked = members.map(async ({ endpoint, tls, member }) => {
    if (endpoint === null) throw new StackError('unreachable', `no way to ${member.name}`);
    const client = openJsonClient(endpoint, tls, member.name);
    try {
      const { body } = await client.get('/patroni', AbortSignal.timeout(deadlineMs));
      const scope = textOf(fieldsOf(fieldsOf(body).patroni).scope);
      if (scope === '') throw new StackError('garbage', `${member.name} tells no scope`);
      return scope;
    } finally {
      client.close();
    }
  });
  return Promise.any(asked).catch(() => {
    throw new StackError('unreachable', 'no Patroni member tells its scope');
  });
}

/** Reads it where Patroni puts it by default, else wherever a key ends in `/scope/leader`. @throws StackError */
export async function readLeaderKey(gateway: EtcdGateway, scope: string, deadlineMs: number): Promise<LeaderKey> {
  const usual = `/service/${scope}/leader`;
  const range = (request: object) => gateway.call('/v3/kv/range', request, deadlineMs);
  let answer = await range({ key: base64(usual) });
  let name = usual;
  if (listOf(answer.kvs).length === 0) {
    const elsewhere = await range({ ...withPrefix('/'), keys_only: true, limit: '20000' });
    const found = listOf(elsewhere.kvs).map((kv) => fromBase64(fieldsOf(kv).key));
    const other = found.find((key) => key.endsWith(`/${scope}/leader`)) ?? found.find((key) => isOf(key, scope));
    if (other !== undefined) {
      name = other.replace(/[^/]*$/, 'leader');
      answer = await range({ key: base64(name) });
    }
  }
  const kv = fieldsOf(listOf(answer.kvs)[0]);
  const lease = textOf(kv.lease);
  return {
    prefix: name.slice(0, -'leader'.length),
    leader: fromBase64(kv.value) || null,
    lease: lease === '' || lease === '0' ? null : lease,
    revision: textOf(fieldsOf(answer.header).revision),
  };
}

/** A key of that cluster which is always there, so that the place is known while nobody leads. */
const isOf = (key: string, scope: string): boolean => key.endsWith(`/${scope}/initialize`);
