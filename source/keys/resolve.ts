import { typedBy } from './chord.ts';
import { bindings } from './table.ts';
import type { Binding, Scope } from './types.ts';

export type Resolved = { readonly binding: Binding } | { readonly text: string };

/**
 * What a chord means with these scopes live, innermost first. Where the innermost is `text`, every printable character
 * is text, whatever it is bound to outside; `enabled` leaves out what can't be done now.
 */
export function resolve(
  chord: string,
  live: readonly Scope[],
  enabled: (binding: Binding) => boolean = () => true,
): Resolved | null {
  const typed = live[0] === 'text' ? typedBy(chord) : null;
  if (typed !== null) return { text: typed };
  for (const scope of live) {
    const binding = bindingsIn(scope).find((candidate) => candidate.chords.includes(chord));
    if (binding !== undefined && enabled(binding)) return { binding };
  }
  return null;
}

/** The bindings of one scope, in the table's order. */
export function bindingsIn(scope: Scope): readonly Binding[] {
  return (bindings as readonly Binding[]).filter((binding) => binding.scope === scope);
}
