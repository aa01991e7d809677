import { showChord } from './chord.ts';
import { bindingsIn } from './resolve.ts';
import { type Binding, type Scope, scopes } from './types.ts';

/** What a scope is called in help and README. */
const scopeTitles: Record<Scope, string> = {
  global: 'Everywhere',
  list: 'In a list',
  log: 'In logs',
  dialog: 'In a menu',
  drill: 'In the drills',
  past: 'In the past',
  text: 'While typing',
};

/** Whether a key is there only where there are logs to open. */
export const ofLogs = ({ scope, intent }: Binding): boolean =>
  scope === 'log' || intent.ui.startsWith('log') || intent.ui === 'toggle' || intent.ui === 'all';

/** The scopes that have keys, each with its bindings; `offered`: only these. */
export function keyGroups(
  offered: (binding: Binding) => boolean = () => true,
): readonly { readonly scope: Scope; readonly title: string; readonly bindings: readonly Binding[] }[] {
  return scopes
    .map((scope) => ({ scope, title: scopeTitles[scope], bindings: bindingsIn(scope).filter(offered) }))
    .filter((group) => group.bindings.length > 0);
}

/** All chords of a binding as people read them: `↓ j`. */
export function showChords(binding: Binding, ascii = false): string {
  return binding.chords.map((chord) => showChord(chord, ascii)).join(' ');
}

/** The key table as Markdown, for the README. */
export function keysMarkdown(): string {
  const rows = keyGroups().flatMap(({ title, bindings }) =>
    bindings.map((binding) => {
      const keys = binding.chords.map((chord) => `\`${showChord(chord)}\``).join(' ');
      return `| ${title} | ${keys} | ${binding.help.replaceAll('|', '\\|')} |`;
    }),
  );
  return ['| where | keys | what |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

/** The key table as plain text, for `paws-top keys`. */
export function keysText(): string {
  const blocks = keyGroups().map(({ title, bindings }) =>
    [title, ...bindings.map((binding) => `  ${showChords(binding).padEnd(16)}${binding.help}`)].join('\n'),
  );
  return `${blocks.join('\n\n')}\n`;
}
