import { list } from '../stack/format.ts';
import { majorityOf } from '../stack/tolerance.ts';
import type { SentinelFacts } from './facts-types.ts';
import type { Ailment, Check } from './types.ts';

const docs = 'https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/';

/** What is wrong with how the Sentinels come to a decision. */
export const sentinelVoteChecks: readonly Check[] = [
  {
    id: 'sentinel.few',
    area: 'sentinel',
    what: 'there are at least three Sentinels',
    why: 'A failover needs the votes of a majority: of two Sentinels none may be lost, and one alone sees no more than itself.',
    mend: 'Run three Sentinels, each on a machine of its own where there are several.',
    source: `${docs} (fundamental things to know before deploying)`,
    find: ({ sentinel }) => few(sentinel),
  },
  {
    id: 'sentinel.even-voters',
    area: 'sentinel',
    what: 'the number of voters is odd',
    why: 'One Sentinel more than an odd number survives no more losses, but needs one more to agree.',
    mend: 'Add a Sentinel or take one away; then SENTINEL RESET on all, so that they forget the one that is gone.',
    source: `${docs} (Sentinel quorum)`,
    find: ({ sentinel }) => evenVoters(sentinel),
  },
  {
    id: 'sentinel.quorum',
    area: 'sentinel',
    what: 'the quorum is a majority',
    why: 'Below it few Sentinels start failovers that the others must stop; above it losing a few stops every failover.',
    mend: 'SENTINEL SET … quorum to more than half of them, on every Sentinel.',
    source: `${docs} (Sentinel quorum)`,
    find: ({ sentinel }) => badQuorums(sentinel),
  },
  {
    id: 'sentinel.voters-differ',
    area: 'sentinel',
    what: 'the Sentinels know the same voters',
    why: 'Who still counts a Sentinel that is long gone needs more votes than there are; who misses one elects beside it.',
    mend: 'SENTINEL RESET on every Sentinel, one after the other, 30 s apart, while the master is up.',
    source: `${docs} (adding or removing Sentinels); gitlab.com/gitlab-com/gl-infra/observability/team/-/issues/1385`,
    find: ({ sentinel }) => differing(sentinel, 'voters', 'voters'),
  },
  {
    id: 'sentinel.settings-differ',
    area: 'sentinel',
    what: 'the Sentinels are set alike',
    why: 'SENTINEL SET changes one of them: the others then decide by other rules.',
    mend: 'Give every Sentinel the same SENTINEL SET.',
    source: `${docs} (reconfiguring Sentinel at runtime)`,
    find: ({ sentinel }) => [
      ...differing(sentinel, 'quorum', 'quorum'),
      ...differing(sentinel, 'downAfterMs', 'down-after-milliseconds'),
      ...differing(sentinel, 'failoverTimeoutMs', 'failover-timeout'),
    ],
  },
];

type Monitored = SentinelFacts['monitors'][number];
type View = Monitored & { readonly member: string };

/** Who watches a master, by its name. */
function byMaster(sentinel: readonly SentinelFacts[]): readonly (readonly [string, readonly View[]])[] {
  const views = sentinel.flatMap(({ member, monitors }) => monitors.map((monitored) => ({ ...monitored, member })));
  return Object.entries(Object.groupBy(views, ({ name }) => name)).map(([name, of]) => [name, of ?? []] as const);
}

const mostVoters = (views: readonly View[]): number => Math.max(...views.map(({ voters }) => voters));

function few(sentinel: readonly SentinelFacts[]): readonly Ailment[] {
  return byMaster(sentinel).flatMap(([name, views]) => {
    const voters = mostVoters(views);
    if (voters >= 3) return [];
    const text = voters === 1 ? `one Sentinel alone watches ${name}` : `only ${voters} Sentinels watch ${name}`;
    return [{ level: 'warning' as const, subject: null, text, how: 'SENTINEL MASTERS: num-other-sentinels' }];
  });
}

function evenVoters(sentinel: readonly SentinelFacts[]): readonly Ailment[] {
  return byMaster(sentinel).flatMap(([name, views]) => {
    const voters = mostVoters(views);
    // Two are too few anyhow, and told as that.
    if (voters % 2 === 1 || voters < 4) return [];
    const text = `${voters} Sentinels vote on ${name}: ${voters / 2 - 1} may be lost, as with ${voters - 1}`;
    return [{ level: 'warning' as const, subject: null, text, how: 'SENTINEL MASTERS: num-other-sentinels' }];
  });
}

function badQuorums(sentinel: readonly SentinelFacts[]): readonly Ailment[] {
  return byMaster(sentinel).flatMap(([name, views]) => {
    const voters = mostVoters(views);
    const majority = majorityOf(voters);
    const odd = views.filter(({ quorum }) => quorum !== majority);
    return Object.entries(Object.groupBy(odd, ({ quorum }) => quorum)).map(([text, group = []]): Ailment => {
      const quorum = Number(text);
      const who = group.length === views.length ? 'every Sentinel' : list(group.map(({ member }) => member));
      return {
        level: quorum > voters ? 'bad' : 'warning',
        subject: null,
        text: `quorum ${quorum} for ${name} on ${who}, of ${voters} voters: ${outcome(quorum, voters, majority)}`,
        how: 'SENTINEL MASTERS: quorum',
      };
    });
  });
}

function outcome(quorum: number, voters: number, majority: number): string {
  if (quorum > voters) return 'the master is never found down, and never replaced';
  if (quorum < majority) return `a majority is ${majority}`;
  return quorum === voters ? 'losing one stops every failover' : `losing ${voters - quorum + 1} stops every failover`;
}

function differing(
  sentinel: readonly SentinelFacts[],
  field: 'voters' | 'quorum' | 'downAfterMs' | 'failoverTimeoutMs',
  called: string,
): readonly Ailment[] {
  return byMaster(sentinel).flatMap(([name, views]) => {
    if (new Set(views.map((view) => view[field])).size < 2) return [];
    const each = views.map((view) => `${view[field]} on ${view.member}`);
    const text = `${called} for ${name} is ${list(each)}`;
    return [{ level: 'warning' as const, subject: null, text, how: 'SENTINEL MASTERS, at each of them' }];
  });
}
