import { roleName } from '../../stack/format.ts';
import { memberAt } from '../../stack/members.ts';
import type { Probed, Snapshot } from '../../stack/snapshot.ts';
import type { System } from '../../stack/topology.ts';

type Entry = readonly [name: string, value: string];

/** What the other members say of this one: claims are kept as they were made, so that disagreement shows. */
export function claimsOfOthers(
  snapshot: Snapshot,
  system: System,
  member: Probed<unknown>,
): readonly { readonly title: string; readonly entries: readonly Entry[] }[] {
  const entries = { etcd: etcdClaims, patroni: patroniClaims, redis: redisClaims, sentinel: sentinelClaims }[system](
    snapshot,
    member.name,
  );
  return entries.length === 0 ? [] : [{ title: 'What others say of it', entries }];
}

type Claims = (snapshot: Snapshot, self: string) => readonly Entry[];

const etcdClaims: Claims = ({ etcd }, self) => {
  const own = etcd?.find((row) => row.name === self)?.reading.value?.memberId;
  return (etcd ?? [])
    .filter((row) => row.name !== self && row.reading.value !== null)
    .map((row): Entry => {
      const claim = row.reading.value;
      const peer = claim?.roster?.find(
        (entry) => entry.memberId === own || memberAt(etcd ?? [], entry.name)?.name === self,
      );
      const id = own ?? peer?.memberId;
      const leads = claim?.leaderId !== null && claim?.leaderId === id ? 'leader' : 'not the leader';
      return [
        row.name,
        `${leads}${peer === undefined ? ', not in its member list' : peer.learner ? ', learner' : ', voter'}`,
      ];
    });
};

const patroniClaims: Claims = ({ patroni }, self) =>
  (patroni ?? []).flatMap((row): Entry[] => {
    if (row.name === self || row.reading.value === null) return [];
    const { cluster, streams, name } = row.reading.value;
    const own = patroni?.find((entry) => entry.name === self)?.reading.value?.name ?? self;
    const seen = cluster?.members.find((entry) => entry.name === own);
    const stream = streams.find((entry) => entry.name === own);
    const view = seen === undefined ? 'not in its view of the cluster' : `${roleName(seen.role)}, ${seen.state}`;
    return [
      [
        row.name,
        `${view}${stream === undefined ? '' : `; streams from ${name}: ${stream.state}, ${stream.syncState}`}`,
      ],
    ];
  });

const redisClaims: Claims = ({ redis, sentinel }, self) => {
  const isSelf = (address: string | null) => memberAt(redis ?? [], address)?.name === self;
  const ofRedis = (redis ?? []).flatMap((row): Entry[] => {
    if (row.name === self || row.reading.value === null) return [];
    const { masterAddress, replicas } = row.reading.value;
    if (isSelf(masterAddress)) return [[row.name, 'its master']];
    const replica = replicas.find((entry) => isSelf(entry.address));
    return replica === undefined ? [] : [[row.name, `its replica, ${replica.state}, ${replica.lagSeconds} s behind`]];
  });
  const ofSentinels = (sentinel ?? []).flatMap((row): Entry[] =>
    (row.reading.value?.masters ?? []).flatMap((master): Entry[] => {
      if (isSelf(master.address)) return [[row.name, `master of ${master.name}: ${master.flags.join(', ')}`]];
      const replica = master.replicas.find((entry) => isSelf(entry.address));
      return replica === undefined ? [] : [[row.name, `replica of ${master.name}: ${replica.flags.join(', ')}`]];
    }),
  );
  return [...ofRedis, ...ofSentinels];
};

const sentinelClaims: Claims = ({ sentinel }, self) =>
  (sentinel ?? []).flatMap((row): Entry[] => {
    if (row.name === self || row.reading.value === null) return [];
    return row.reading.value.masters.flatMap((master): Entry[] => {
      const peer = master.sentinels.find((entry) => memberAt(sentinel ?? [], entry.address)?.name === self);
      return peer === undefined
        ? []
        : [[row.name, `${master.name}: ${peer.flags.join(', ')}${peer.sdown ? ' (s_down)' : ''}`]];
    });
  });
