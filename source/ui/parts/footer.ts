import { showChord } from '../../keys/chord.ts';
import { bindingsIn } from '../../keys/resolve.ts';
import type { Binding, Scope } from '../../keys/types.ts';
import type { Theme } from '../theme.ts';
import { joinSpans, paintLine, type Spans, span, spansWidth } from './spans.ts';

/** The last line: the keys that matter now, from the key table; the least important go first when it is narrow. */
export function footerLine(
  scopes: readonly Scope[],
  enabled: (binding: Binding) => boolean,
  columns: number,
  theme: Theme,
  before: Spans = [],
): string {
  const room = columns - 2 - (before.length === 0 ? 0 : spansWidth(before) + 2);
  let hints = hintsFor(scopes).filter(enabled);
  const spansFor = () =>
    joinSpans(
      hints.map((binding) => hintSpans(binding, theme)),
      '  ',
    );
  while (hints.length > 0 && spansWidth(spansFor()) > room) {
    const least = Math.min(...hints.map((binding) => binding.hint?.priority ?? 0));
    hints = hints.filter((binding) => (binding.hint?.priority ?? 0) > least);
  }
  return ` ${paintLine(joinSpans([before, spansFor()], '  '), columns - 2, theme)} `;
}

/** Hints of the live scopes, without those whose key an inner scope has taken. In a menu and while typing, only its own. */
function hintsFor(scopes: readonly Scope[]): readonly Binding[] {
  const live = scopes.includes('dialog') ? (['dialog'] as const) : scopes[0] === 'text' ? (['text'] as const) : scopes;
  const taken = new Set<string>();
  const hints: Binding[] = [];
  for (const scope of live) {
    for (const binding of bindingsIn(scope)) {
      const first = binding.chords[0] ?? '';
      if (taken.has(first)) continue;
      for (const chord of binding.chords) taken.add(chord);
      if (binding.hint !== undefined) hints.push(binding);
    }
  }
  return hints;
}

function hintSpans(binding: Binding, theme: Theme): Spans {
  const chords = binding.hint?.keys ?? binding.chords.slice(0, 1);
  const keys = chords.map((chord) => showChord(chord, theme.ascii)).join(theme.ascii ? '/' : '');
  return [span(keys, 'strong'), span(` ${binding.hint?.label ?? binding.label}`, 'faint')];
}
