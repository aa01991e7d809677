import { posix } from 'node:path';

/** One program with its arguments. */
export type Command = { readonly program: string; readonly path: string; readonly args: readonly string[] };

/** Programs that only start another one, and those of their options that take a word of their own. */
const wrappers: Readonly<Record<string, readonly string[]>> = {
  tini: ['-p'],
  'tini-static': ['-p'],
  'dumb-init': ['-r', '--rewrite'],
  'docker-init': [],
  catatonit: [],
  gosu: [],
  'su-exec': [],
  setpriv: [],
  chpst: ['-u'],
  sudo: ['-u', '-g'],
  env: ['-u'],
  nice: ['-n'],
  exec: ['-a'],
  nohup: [],
  stdbuf: [],
  time: [],
};
/** Those whose first word is the user to become. */
const takesUser = new Set(['gosu', 'su-exec']);
const shells = new Set(['sh', 'bash', 'ash', 'dash', 'zsh']);
const interpreters = /^(python[\d.]*|perl|ruby)$/;

/**
 * What a container's argv amounts to: the commands in it, seen through inits, entrypoint scripts and `sh -c`, variables
 * filled in from the container's environment. An entrypoint script counts as a command of its own, and what it is
 * given as another, because by custom it ends in `exec "$@"`.
 */
export function commandsOf(argv: readonly string[], env: Readonly<Record<string, string>>): Command[] {
  const words = unwrap(argv);
  const path = words[0];
  if (path === undefined) return [];
  const program = posix.basename(path);
  const args = words.slice(1);
  if (shells.has(program)) {
    const at = args.findIndex((word) => /^-[a-z]*c$/.test(word));
    const script = args[at + 1];
    if (at !== -1 && script !== undefined)
      return simpleCommands(script, env).flatMap((words) => commandsOf(words, env));
    return commandsOf(withoutOptions(args), env);
  }
  if (interpreters.test(program)) {
    const module = args.indexOf('-m');
    return commandsOf(module === -1 ? withoutOptions(args) : args.slice(module + 1), env);
  }
  const command = { program, path, args };
  const isScript = /\.sh$|entrypoint|^(run|start|init|launch)$/.test(program);
  return isScript ? [command, ...commandsOf(args, env)] : [command];
}

/** The value of `--name value`, `--name=value`, `-name=value`; the last one counts. null when it is not given. */
export function option(args: readonly string[], name: string): string | null {
  let found: string | null = null;
  args.forEach((word, at) => {
    const match = /^--?([^=]+)(?:=(.*))?$/s.exec(word);
    if (match?.[1] === name) found = match[2] ?? args[at + 1] ?? null;
  });
  return found;
}

function unwrap(argv: readonly string[]): readonly string[] {
  const first = argv[0];
  if (first === undefined) return argv;
  const program = posix.basename(first);
  if (/^\w+=/.test(first)) return unwrap(argv.slice(1)); // an assignment, as `env` and shells take it
  const withValue = wrappers[program];
  if (withValue === undefined) return argv;
  let rest = argv.slice(1);
  while (rest[0]?.startsWith('-')) rest = rest.slice(rest[0] === '--' || !withValue.includes(rest[0]) ? 1 : 2);
  return unwrap(takesUser.has(program) ? rest.slice(1) : rest);
}

function withoutOptions(args: readonly string[]): readonly string[] {
  const at = args.findIndex((word) => !word.startsWith('-'));
  return at === -1 ? [] : args.slice(at);
}

/** `$NAME` and `${NAME}` and `${NAME:-default}`, as far as the environment knows them. */
function expand(word: string, env: Readonly<Record<string, string>>): string {
  return word.replace(
    /\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})/g,
    (whole, plain: string | undefined, braced: string | undefined, fallback: string | undefined) =>
      env[plain ?? braced ?? ''] || fallback || whole,
  );
}

const keywords = new Set(['then', 'do', 'else', 'elif', 'if', 'while', 'until', '!', '{', '(', 'fi', 'done', '}', ')']);

/** Splits a shell script into its simple commands, each a list of words; enough of sh for what stands in Compose files. */
function simpleCommands(script: string, env: Readonly<Record<string, string>>): string[][] {
  const commands: string[][] = [[]];
  const token = /\\\n|#[^\n]*(?=\n|$)|(\n|;+|&&|\|\||[|&])|((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s;&|"'\\])+)|\s/gs;
  for (const [, separator, word] of script.matchAll(token)) {
    const current = commands.at(-1) as string[];
    if (separator !== undefined) commands.push([]);
    else if (word !== undefined && !(current.length === 0 && keywords.has(word))) current.push(unquote(word, env));
  }
  return commands.filter((words) => words.length > 0);
}

function unquote(word: string, env: Readonly<Record<string, string>>): string {
  return word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)|[^"'\\]+/gs, (whole, double, single, escaped) => {
    if (single !== undefined) return single as string;
    if (escaped !== undefined) return escaped as string;
    return expand(double === undefined ? whole : (double as string).replace(/\\(["$`\\])/g, '$1'), env);
  });
}
