import { roleName } from '../../stack/format.ts';
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
    namesOf(member),
    member.name,
  );
  return entries.length === 0 ? [] : [{ title: 'What others say of it', entries }];
}

const namesOf = (member: Probed<unknown>): ReadonlySet<string> =>
  new Set([member.name, ...member.aliases].map((name) => name.toLowerCase()));

/** Whether an address, a URL or a name speaks of a member with these names. */
function speaksOf(names: ReadonlySet<string>, address: string | null): boolean {
  if (address === null) return false;
  const host = address
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, '')
    .replace(/[:/].*$/, '');
  return names.has(host) || names.has(address.toLowerCase());
}

type Claims = (snapshot: Snapshot, names: ReadonlySet<string>, self: string) => readonly Entry[];

const etcdClaims: Claims = ({ etcd }, names, self) => {
  const own = etcd?.find((row) => row.name === self)?.reading.value?.memberId;
  return (etcd ?? [])
    .filter((row) => row.name !== self && row.reading.value !== null)
    .map((row): Entry => {
      const claim = row.reading.value;
      const peer = claim?.roster?.find((entry) => entry.memberId === own || names.has(entry.name.toLowerCase()));
      const id = own ?? peer?.memberId;
      const leads = claim?.leaderId !== null && claim?.leaderId === id ? 'leader' : 'not the leader';
      return [
        row.name,
        `${leads}${peer === undefined ? ', not in its member list' : peer.learner ? ', learner' : ', voter'}`,
      ];
    });
};

const patroniClaims: Claims = ({ patroni }, _names, self) =>
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

const redisClaims: Claims = ({ redis, sentinel }, names, self) => [
  ...(redis ?? []).flatMap((row): Entry[] => {
    if (row.name === self || row.reading.value === null) return [];
    const { masterAddress, replicas } = row.reading.value;
    if (speaksOf(names, masterAddress)) return [[row.name, 'its master']];
    const replica = replicas.find((entry) => speaksOf(names, entry.address));
    return replica === undefined ? [] : [[row.name, `its replica, ${replica.state}, ${replica.lagSeconds} s behind`]];
  }),
  ...(sentinel ?? []).flatMap((row): Entry[] =>
    (row.reading.value?.masters ?? []).flatMap((master): Entry[] => {
      if (speaksOf(names, master.address)) return [[row.name, `master of ${master.name}: ${master.flags.join(', ')}`]];
      const replica = master.replicas.find((entry) => speaksOf(names, entry.address));
      return replica === undefined ? [] : [[row.name, `replica of ${master.name}: ${replica.flags.join(', ')}`]];
    }),
  ),
];

const sentinelClaims: Claims = ({ sentinel }, names, self) =>
  (sentinel ?? []).flatMap((row): Entry[] => {
    if (row.name === self || row.reading.value === null) return [];
    return row.reading.value.masters.flatMap((master): Entry[] => {
      const peer = master.sentinels.find((entry) => speaksOf(names, entry.address));
      return peer === undefined
        ? []
        : [[row.name, `${master.name}: ${peer.flags.join(', ')}${peer.sdown ? ' (s_down)' : ''}`]];
    });
  });
