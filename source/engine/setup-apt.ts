type SourceFile = { readonly path: string; readonly text: string };

/**
 * An apt source for Debian 13 (trixie), made from the machine's own source for Debian 12, so that it comes from the
 * mirror that this machine uses anyway. `known`: it has one already. null: there is nothing to make it from.
 */
export function trixieSource(files: readonly SourceFile[]): 'known' | SourceFile | null {
  const entries = files.flatMap(entriesOf);
  const mains = entries.filter((entry) => entry.components.includes('main') && entry.types.includes('deb'));
  if (mains.some((entry) => entry.suites.includes('trixie'))) return 'known';
  const model = mains.find((entry) => entry.suites.includes('bookworm'));
  if (model === undefined) return null;
  const folder = '/etc/apt/sources.list.d';
  return model.style === 'list'
    ? { path: `${folder}/paws-top-trixie.list`, text: `deb ${model.options}${model.uris.join(' ')} trixie main\n` }
    : { path: `${folder}/paws-top-trixie.sources`, text: stanzaOf(model) };
}

/** The mirror from which this Debian machine takes its main archive; null when that cannot be told. */
export function debianMirror(files: readonly SourceFile[]): string | null {
  const main = files
    .flatMap(entriesOf)
    .find(
      ({ types, components, suites }) => types.includes('deb') && components.includes('main') && suites.some(isRelease),
    );
  return main?.uris.find((uri) => /^https?:/.test(uri)) ?? null;
}

/** A release itself, not its `-security` or `-updates`, which lack most packages. */
function isRelease(suite: string): boolean {
  return /^[a-z]+$/.test(suite);
}

type Entry = {
  readonly style: 'list' | 'deb822';
  readonly types: readonly string[];
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** One-line style: `[signed-by=…] `; deb822: further lines to keep, as they stand. */
  readonly options: string;
};

/** One-line style and deb822 style (sources.list(5)). */
function entriesOf({ path, text }: SourceFile): Entry[] {
  return path.endsWith('.sources') ? text.split(/\n\s*\n/).flatMap(stanza) : text.split('\n').flatMap(line);
}

function line(text: string): Entry[] {
  const match = /^\s*(deb)\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(text);
  if (match === null) return [];
  const [, type = '', options = '', uri = '', suite = '', components = ''] = match;
  return [{ style: 'list', types: [type], uris: [uri], suites: [suite], components: words(components), options }];
}

function stanza(text: string): Entry[] {
  const lines = text.split('\n').filter((each) => !each.startsWith('#'));
  const field = (name: string) =>
    lines.find((each) => each.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1) ?? '';
  if (/^\s*no\b/i.test(field('enabled'))) return [];
  const own = /^(types|uris|suites|components|enabled):/i;
  const kept = lines.filter((each) => each.trim() !== '' && !own.test(each));
  const [types, uris, suites, components] = ['types', 'uris', 'suites', 'components'].map((name) => words(field(name)));
  return [
    {
      style: 'deb822',
      types: types ?? [],
      uris: uris ?? [],
      suites: suites ?? [],
      components: components ?? [],
      options: kept.join('\n'),
    },
  ];
}

function stanzaOf(model: Entry): string {
  const lines = ['Types: deb', `URIs: ${model.uris.join(' ')}`, 'Suites: trixie', 'Components: main', model.options];
  return `${lines.filter(Boolean).join('\n')}\n`;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
