import meow from 'meow';
import { levels } from '../logs/types.ts';
import { StackError } from '../stack/errors.ts';
import { commands, type Flags, globalFlags, screenFlags } from './flags.ts';
import { checkLogFlags } from './logs-words.ts';

/** What the command line says, checked. */
export type Arguments = {
  readonly command: string | null;
  readonly words: readonly string[];
  readonly flags: Flags;
};

const spec = {
  project: { type: 'string' },
  host: { type: 'string' },
  composeFile: { type: 'string' },
  interval: { type: 'number', default: 1_000 },
  readOnly: { type: 'boolean', default: false },
  heal: { type: 'boolean', default: true },
  color: { type: 'boolean', default: true },
  json: { type: 'boolean', default: false },
  wait: { type: 'boolean', default: false },
  timeout: { type: 'number', default: 120 },
  volumes: { type: 'boolean', default: false },
  markdown: { type: 'boolean', default: false },
  install: { type: 'boolean', default: false },
  file: { type: 'string' },
  list: { type: 'boolean', default: false },
  dryRun: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  yesRemote: { type: 'boolean', default: false },
  repeat: { type: 'number', default: 1 },
  seed: { type: 'number', default: 1 },
  steps: { type: 'number', default: 5 },
  rate: { type: 'number', default: 20 },
  junit: { type: 'string' },
  html: { type: 'string' },
  history: { type: 'boolean', default: false },
  since: { type: 'string' },
  tail: { type: 'string' },
  grep: { type: 'string' },
  context: { type: 'number', default: 0 },
  level: { type: 'string' },
  follow: { type: 'boolean', default: true },
  timestamps: { type: 'boolean', default: false },
  archive: { type: 'string' },
  archiveSize: { type: 'string', default: '1G' },
  from: { type: 'string' },
  logLines: { type: 'number', default: 100_000 },
  logBytes: { type: 'string', default: '64M' },
  deadMan: { type: 'string' },
  help: { type: 'boolean', default: false },
  version: { type: 'boolean', default: false },
} as const;

/**
 * Reads the command line. `--help` and `--version` come back as text to print.
 * @throws StackError `usage`, one line that says what is allowed
 */
export function parseArguments(argv: readonly string[], version: () => string): Arguments | { readonly text: string } {
  const joined = joinValues(argv);
  checkTwice(joined);
  const cli = meow('', {
    importMeta: import.meta,
    argv: [...joined],
    flags: spec,
    pkg: { name: 'paws-top' },
    description: false,
    autoHelp: false,
    autoVersion: false,
  });
  const { help, version: wantsVersion, ...flags } = cli.flags;
  if (wantsVersion) return { text: version() };
  if (help) return { text: helpText() };
  const [command = null, ...words] = cli.input;
  checkCommand(command, words);
  checkFlags(command, joined);
  if (!(flags.interval >= 100)) throw new StackError('usage', '--interval takes milliseconds, 100 or more');
  for (const { name, least, most } of counted) {
    if (Number.isInteger(flags[name]) && flags[name] >= least && flags[name] <= most) continue;
    throw new StackError('usage', `${flagText(name)} takes a whole number from ${least} to ${most}`);
  }
  if (!(flags.timeout > 0)) throw new StackError('usage', '--timeout takes seconds, more than 0');
  const timeout = Math.min(flags.timeout * 1_000, longestMs);
  const interval = Math.min(flags.interval, longestMs);
  return { command, words, flags: { ...flags, ...checkLogFlags(flags), interval, timeout } };
}

const counted = [
  { name: 'repeat', least: 1, most: 1_000 },
  { name: 'seed', least: 0, most: 2 ** 32 - 1 },
  { name: 'steps', least: 1, most: 1_000 },
  { name: 'rate', least: 1, most: 500 },
  { name: 'context', least: 0, most: 1_000 },
  { name: 'logLines', least: 1_000, most: 10_000_000 },
] as const;

/** 24 days: a timer that is set further fires at once (setTimeout takes 31 bits). */
const longestMs = 2 ** 31 - 1;

function checkCommand(command: string | null, words: readonly string[]): void {
  if (command === null) return;
  const known = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (known === undefined) {
    throw new StackError('usage', `unknown command "${command}"; there are ${Object.keys(commands).join(', ')}`);
  }
  if (words.length > known.most) {
    const takes = known.most === 0 ? 'takes no words' : `takes ${known.words} only`;
    throw new StackError('usage', `"${words[known.most]}" is too much; paws-top ${command} ${takes}`);
  }
}

/** A value may begin with one dash (`--grep -x`, `--since -5m`): meow would take it for flags. */
function joinValues(argv: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const word of argv) {
    const last = joined.at(-1) ?? '';
    if (wantsValue.test(last) && /^-[^-]/.test(word) && !joined.includes('--')) joined.push(`${joined.pop()}=${word}`);
    else joined.push(word);
  }
  return joined;
}

/** meow throws an error of its own. */
function checkTwice(argv: readonly string[]): void {
  const seen = new Set<string>();
  for (const word of argv) {
    if (word === '--') return;
    const name = /^--[^=]+/.exec(word)?.[0].replace(/^--no-/, '--');
    if (name === undefined) continue;
    if (seen.has(name)) throw new StackError('usage', `${name} is given twice; once is enough`);
    seen.add(name);
  }
}

/** meow takes any flag that some command knows, and lets unknown ones pass: both are looked at here. */
function checkFlags(command: string | null, argv: readonly string[]): void {
  const own = command === null ? screenFlags : (commands[command]?.flags ?? []);
  const allowed = [...globalFlags, ...own].map((name) => flagText(name));
  for (const word of argv) {
    if (word === '--') return;
    if (!word.startsWith('-') || word === '-' || /^-\d/.test(word)) continue;
    const name = word.split('=', 1)[0] ?? '';
    if (allowed.includes(name) || affirmed.test(name)) continue;
    throw new StackError('usage', `unknown flag ${name}; allowed here: ${allowed.join(' ')} --version --help`);
  }
  const isLonely = (word: string, index: number): boolean =>
    wantsValue.test(word) && (argv[index + 1]?.startsWith('--') ?? true);
  const lonely = argv.find(isLonely);
  if (lonely !== undefined) throw new StackError('usage', `${lonely} needs a value`);
}

/** What is on anyway may be said. */
const affirmed = /^--(heal|color|follow|dead-man)$/;
const wantsValue = new RegExp(
  `^--(${Object.entries(spec)
    .filter(([, { type }]) => type !== 'boolean')
    .map(([name]) => kebab(name))
    .join('|')})$`,
);

/** Flags that are on unless denied are spelt by their denial. */
function flagText(name: keyof Flags): string {
  const spelt = kebab(name);
  return affirmed.test(`--${spelt}`) ? `--no-${spelt}` : `--${spelt}`;
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What stands for the value of a flag that takes one. */
const values: Partial<Record<keyof Flags, string>> = {
  timeout: 'S',
  file: 'F',
  repeat: 'N',
  seed: 'N',
  steps: 'K',
  rate: 'N',
  junit: 'F',
  html: 'F',
  since: 'T',
  tail: 'N',
  grep: 'RE',
  context: 'N',
  level: 'L',
  archive: 'DIR',
  archiveSize: 'SIZE',
  from: 'DIR',
  logLines: 'N',
  logBytes: 'SIZE',
};

export function helpText(): string {
  const rows = Object.entries(commands).map(([name, { words, flags, does }]) => ({
    left: ['paws-top', name, words].filter(Boolean).join(' '),
    does,
    flags: flags.map(flagHelp),
  }));
  const all = [
    { left: 'paws-top', does: 'the full screen; without a terminal, one report', flags: screenFlags.map(flagHelp) },
    ...rows,
  ];
  const width = Math.max(...all.map(({ left }) => left.length));
  return [
    'paws-top: is the highly available stack healthy? etcd, Patroni/PostgreSQL, Redis with Sentinel',
    '',
    ...all.flatMap(({ left, does, flags }) => [
      `  ${left.padEnd(width)}  ${does}`,
      ...wrapped(flags, 76 - width).map((line) => `  ${' '.repeat(width)}  ${line}`),
    ]),
    '',
    '  --project NAME       the Compose project to watch (default: the one with members in it)',
    '  --host URL           the engine (default: DOCKER_HOST, the current context, the usual Docker and Podman sockets)',
    '  --compose-file FILE  a stack of your own for up and down',
    '  --interval MS        how often members are asked (default 1000)',
    '  --read-only          no keys and commands that change anything',
    '  --no-heal            leave faults of an earlier run as they are',
    '  --no-color           no colours (as NO_COLOR)',
    '  --version, --help',
    '',
    'logs: --since takes 10m, 1h30m, a time of day (21:10) or an ISO time; --tail N only the last lines of each service, before',
    '  anything is sorted out; --grep a regular expression, any case unless it has a capital, with --context lines around;',
    `  --level this and worse (${levels.join(', ')}). --archive keeps all lines in files of a`,
    '  directory, at most --archive-size (1G), and prints none; --from reads them. The screen keeps --log-lines (100000)',
    '  and --log-bytes (64M).',
  ].join('\n');
}

function flagHelp(flag: keyof Flags): string {
  return `[${[flagText(flag), values[flag]].filter(Boolean).join(' ')}]`;
}

function wrapped(words: readonly string[], columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
