import { list } from './format.ts';
import { isComing, type Seen, trouble } from './presence.ts';
import type { Level, Reason } from './report.ts';
import type { Probed } from './snapshot.ts';
import type { System } from './topology.ts';

/** A reason, with the member it names if any. */
export const because = (system: Reason['system'], level: Level, member: string | null, text: string): Reason =>
  member === null ? { system, level, text } : { system, member, level, text };

/** `patroni2 (leader)`. */
export const named = (name: string, role: string | null): string => (role === null ? name : `${name} (${role})`);

/** How a system's members are spoken of when they do not answer. */
export type MemberTalk<M> = {
  readonly system: System;
  readonly role: (member: M) => string | null;
  /** Nothing of the system can be read, so a silent member is no more than unknown. */
  readonly unknown: boolean;
  /** Said after the first member that is out; null when the tolerance says nothing of use. */
  readonly canLose: number | null;
  /** A level and an end of sentence of its own for a member, such as the leader; null: as all others. */
  readonly special?: (member: M) => { readonly level: Level; readonly ending: string } | null;
};

/** One sentence for each member that does not answer as it should. */
export function memberReasons<M extends Seen<Probed<unknown>>>(
  members: readonly M[],
  talk: MemberTalk<M>,
): readonly Reason[] {
  let told = talk.canLose === null;
  const coming = members.filter(isComing);
  const answering = members.flatMap((member) => {
    if (coming.includes(member)) return [];
    const what = trouble(member);
    if (what === null) return [];
    const subject = named(member.name, talk.role(member));
    const special = talk.special?.(member) ?? null;
    if (special !== null)
      return [because(talk.system, special.level, member.name, `${subject} ${what}${special.ending}`)];
    const open = talk.unknown && member.presence !== 'gone';
    const says = !told && !open && member.presence !== 'current';
    told ||= says;
    const ending = says ? tolerates(talk) : '';
    return [because(talk.system, open ? 'unknown' : 'degraded', member.name, `${subject} ${what}${ending}`)];
  });
  return [...answering, ...comingReasons(talk.system, coming, talk.unknown)];
}

/** A system that starts says so once, not once for each member. */
function comingReasons(system: System, coming: readonly Seen<Probed<unknown>>[], unknown: boolean): readonly Reason[] {
  return (['starting', 'pending'] as const).flatMap((presence) => {
    const names = coming.filter((member) => member.presence === presence).map((member) => member.name);
    if (names.length === 0) return [];
    const one = names.length === 1;
    const does =
      presence === 'starting' ? `${one ? 'is' : 'are'} starting` : `${one ? 'has' : 'have'} not been asked yet`;
    const level = presence === 'pending' || unknown ? 'unknown' : 'degraded';
    return [because(system, level, one ? (names[0] ?? null) : null, `${list(names)} ${does}`)];
  });
}

function tolerates({ system, canLose }: Pick<MemberTalk<unknown>, 'system' | 'canLose'>): string {
  const [who, does] = system === 'sentinel' ? ['the Sentinels', 'tolerate'] : ['the cluster', 'tolerates'];
  return canLose ? `; ${who} still ${does} ${canLose} more` : `; ${who} ${does} no further loss`;
}
