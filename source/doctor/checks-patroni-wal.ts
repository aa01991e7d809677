import { bytes, list } from '../stack/format.ts';
import { claimsOf } from './facts-seen.ts';
import type { DoctorFacts, PatroniFacts } from './facts-types.ts';
import type { Ailment, Check } from './types.ts';

/** Held by a slot, bytes: more than a member that is away for minutes leaves on a development stack. */
const muchHeld = 256 * 2 ** 20;

/** What is wrong with the write-ahead log: who is on another one, and who keeps it from being dropped. */
export const patroniWalChecks: readonly Check[] = [
  {
    id: 'patroni.timeline',
    area: 'patroni',
    what: 'all members are on one timeline',
    why: 'A replica that went another way than the leader gets none of its writes, and cannot take over.',
    mend: 'patronictl reinit (the action "reinitialise") copies it anew from the leader.',
    source:
      'https://patroni.readthedocs.io/en/latest/rest_api.html (timeline); postgresql.org/docs/current/app-pgrewind.html',
    find: (facts) => diverged(facts),
  },
  {
    id: 'patroni.slots',
    area: 'patroni',
    what: 'no replication slot holds WAL for nobody',
    why: 'WAL that is kept for a replica which never comes fills the disk; once it is given up, that replica must be copied anew.',
    mend: "Start the member that the slot is for, or drop the slot: select pg_drop_replication_slot('…') on its server.",
    source: 'postgresql.org/docs/current/view-pg-replication-slots.html (wal_status); max_slot_wal_keep_size',
    find: ({ patroni }) => patroni.flatMap(held),
  },
  {
    id: 'patroni.archive',
    area: 'patroni',
    what: 'WAL is archived',
    why: 'Segments that cannot be archived are kept until the disk is full, and a leader that stops waits for them.',
    mend: 'Read the log of the leader for what archive_command says, and mend or remove that.',
    source:
      'postgresql.org/docs/current/monitoring-stats.html (pg_stat_archiver); https://github.com/patroni/patroni/issues/1905',
    find: ({ patroni }) => patroni.flatMap(unarchived),
  },
];

function diverged(facts: DoctorFacts): readonly Ailment[] {
  const { patroni } = facts;
  const leaders = patroni.filter(({ postgres }) => postgres?.inRecovery === false);
  const [leader] = leaders;
  if (leader === undefined || leaders.length > 1 || leader.timeline === null) return [];
  const { timeline } = leader;
  const alike = (member: PatroniFacts) => member.streaming && (member.timeline ?? 0) <= timeline;
  const other = patroni.filter((member) => member !== leader && member.timeline !== null && !alike(member));
  return other
    .filter((member) => member.timeline !== timeline)
    .map((member) => {
      const state = claimsOf(facts, 'patroni').find((one) => one.member === member.member)?.claim.state;
      const text =
        `it is on timeline ${member.timeline}, ${leader.member} leads on ${timeline}` +
        (state === undefined ? '' : ` (it says: ${state})`);
      return { level: 'bad' as const, subject: member.member, text, how: 'GET /patroni: timeline' };
    });
}

type Slot = NonNullable<PatroniFacts['postgres']>['slots'][number];

function held({ member, postgres }: PatroniFacts): readonly Ailment[] {
  const how = 'select * from pg_replication_slots';
  const slots = postgres?.slots ?? [];
  const named = (found: readonly Slot[]) =>
    list(found.map(({ name, heldBytes }) => (heldBytes === null ? name : `${name} (${bytes(heldBytes)})`)));
  const lost = slots.filter(({ walStatus }) => walStatus === 'lost' || walStatus === 'unreserved');
  const holding = slots.filter((slot) => !slot.active && !lost.includes(slot) && (slot.heldBytes ?? 0) > muchHeld);
  const limit = postgres?.settings.max_slot_wal_keep_size;
  return [
    ...(lost.length === 0
      ? []
      : [
          {
            level: 'bad' as const,
            subject: member,
            text: `it drops, or has dropped, WAL that these slots still need: ${named(lost)}`,
            how,
            mend: 'Start the member that the slot is for at once; if it no longer streams, reinitialise it (patronictl reinit).',
          },
        ]),
    ...(holding.length === 0
      ? []
      : [
          {
            level: 'warning' as const,
            subject: member,
            text:
              `it keeps WAL for slots that nobody uses: ${named(holding)}, ` +
              (limit === undefined || limit === '-1' ? 'without a limit' : `with a limit of ${limit}`),
            how,
          },
        ]),
  ];
}

function unarchived({ member, postgres }: PatroniFacts): readonly Ailment[] {
  if (postgres?.archiveFailing !== true) return [];
  const text = 'its last WAL segment could not be archived';
  return [{ level: 'bad', subject: member, text, how: 'select * from pg_stat_archiver' }];
}
