import type { Action, Scope, Seen, Target } from '../actions/types.ts';
import type { System } from '../stack/topology.ts';
import type { Offer, Subject } from './action-types.ts';
import { fuzzyScore } from './parts/filter.ts';

/** The order of the groups of a menu. */
const scopes: readonly Scope[] = ['container', 'member', 'cluster', 'stack'];

/** What can be done to these, by group: what applies to all of them, and last in its group what can't be done now. */
export const offersOn = (actions: readonly Action[], subjects: readonly Subject[], seen: Seen): readonly Offer[] =>
  scopes.flatMap((scope) => offersOf(scope, actions, subjects, seen));

/** The profiles in their order, and what can be done to the stack as a whole. */
export const profileOffers = (actions: readonly Action[], seen: Seen): readonly Offer[] => [
  ...actions.filter(({ scope }) => scope === 'profile').flatMap((action) => offerOf(action, [], seen) ?? []),
  ...offersOf('stack', actions, [], seen),
];

function offersOf(
  scope: Scope,
  actions: readonly Action[],
  subjects: readonly Subject[],
  seen: Seen,
): readonly Offer[] {
  const offers = actions
    .filter((action) => action.scope === scope)
    .flatMap((action) => offerOf(action, subjects, seen) ?? []);
  return [...offers.filter(({ why }) => why === null), ...offers.filter(({ why }) => why !== null)];
}

/** Why nothing can be done to anybody, whatever was seen before: the engine does not answer. null: it does. */
export const engineGone = ({ report }: Pick<Seen, 'report'>): string | null =>
  report.engine.state === 'connected' ? null : 'the container engine does not answer';

/** An action on these as a menu offers it; null: it is not for them. */
export function offerOf(action: Action, subjects: readonly Subject[], seen: Seen): Offer | null {
  const targets = targetsFor(action, subjects, seen);
  if (targets.length === 0) return null;
  const gone = engineGone(seen);
  const looked = targets.map((target) => ({ target, why: gone ?? action.unavailable(target, seen) }));
  const able = looked.filter(({ why }) => why === null).map(({ target }) => target);
  const without = looked.flatMap(({ target, why }) => (why === null ? [] : [{ target, why }]));
  return able.length === 0
    ? { action, targets, why: without[0]?.why ?? null, without: [] }
    : { action, targets: able, why: null, without };
}

/** Whom an action is about when these are meant; nobody where it does not apply to each of them. */
function targetsFor({ scope, system, many }: Action, subjects: readonly Subject[], seen: Seen): readonly Target[] {
  switch (scope) {
    case 'stack':
    case 'profile':
      return [{ name: seen.report.stack, system: null, member: null, container: null }];
    case 'cluster': {
      const clusters = new Set(subjects.map((subject) => subject.system));
      const [only] = clusters;
      return clusters.size !== 1 || only == null || (system ?? only) !== only ? [] : [clusterOf(only)];
    }
    case 'container':
    case 'member': {
      const fit = subjects.every(
        (subject) => subject[scope] !== null && (system === null || subject.system === system),
      );
      return fit && (many || subjects.length === 1) ? subjects : [];
    }
    default:
      return scope satisfies never;
  }
}

/** A cluster is called by its system. */
const clusterOf = (system: System): Target => ({ name: system, system, member: null, container: null });

/** Every action on everybody it is for, one at a time: what the palette knows beside keys. */
export function everyDeed(
  actions: readonly Action[],
  subjects: readonly Subject[],
  seen: Seen,
): readonly { readonly action: Action; readonly target: Target }[] {
  const known = new Set<string>();
  return actions.flatMap((action) =>
    (action.scope === 'stack' || action.scope === 'profile' ? [null] : subjects).flatMap((subject) => {
      const [target] = targetsFor(action, subject === null ? [] : [subject], seen);
      // Of a cluster each member leads to the same.
      const key = `${action.id} ${target?.system} ${target?.name}`;
      if (target === undefined || known.has(key)) return [];
      known.add(key);
      return [{ action, target }];
    }),
  );
}

/** Offers that match what was typed, best first; without text all, in their order. */
export function matching(offers: readonly Offer[], typed: string): readonly Offer[] {
  if (typed === '') return offers;
  return offers
    .map((offer) => ({ offer, score: fuzzyScore(typed, `${offer.action.label} ${offer.action.scope}`) }))
    .filter((entry): entry is { offer: Offer; score: number } => entry.score !== null)
    .sort((a, b) => b.score - a.score)
    .map(({ offer }) => offer);
}
