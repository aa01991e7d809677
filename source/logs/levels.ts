import type { Level } from './types.ts';
import { eachPair, valueText } from './understand-json.ts';

/** Words for levels, lower-case, of all systems and libraries we know. LOG of Postgres is news that nobody has to act upon. */
const words = new Map<string, Level>([
  ...(['trace', 'trc', 'verbose', 'silly', 'finest', 'finer', 'fine', 'debug', 'dbug', 'dbg'] as const).map(
    named('debug'),
  ),
  ...(['debug1', 'debug2', 'debug3', 'debug4', 'debug5'] as const).map(named('debug')),
  ...(['info', 'inf', 'information', 'informational', 'log', 'http'] as const).map(named('info')),
  ...(['notice', 'success'] as const).map(named('notice')),
  ...(['warn', 'warning', 'wrn'] as const).map(named('warning')),
  ...(['error', 'err', 'eror', 'severe'] as const).map(named('error')),
  ...(['fatal', 'ftl', 'panic', 'dpanic', 'crit', 'critical', 'alert', 'emerg', 'emergency'] as const).map(
    named('fatal'),
  ),
]);
function named(level: Level): (word: string) => [string, Level] {
  return (word) => [word, level];
}
const redisMarks = new Map<string, Level>([
  ['.', 'debug'],
  ['-', 'info'],
  ['*', 'notice'],
  ['#', 'warning'],
]);
const klogLetters = new Map<string, Level>([
  ['I', 'info'],
  ['W', 'warning'],
  ['E', 'error'],
  ['F', 'fatal'],
]);
/** Keys that hold a level in JSON. */
export const levelKeys: ReadonlySet<string> = new Set(
  'level severity lvl levelname loglevel log_level log.level Level Severity @level @l'.split(' '),
);

/** Only near a line's beginning is a word a level; later it's what the message is about. */
const headLength = 160;
/** Far into an object nobody keeps its level. */
const jsonLength = 4096;

const redisHead = /^\d{1,7}:[A-Z] \d{1,2} [A-Z][a-z]{2} \d{4} [\d:.]{8,15} ([.\-*#]) /;
// Postgres always writes two spaces there, whatever its prefix is.
const postgresHead = /(?:^|[\s>|\]])(DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC): {2}/;
const postgresDetail = /(?:^|[\s>|\]])(?:DETAIL|HINT|QUERY|CONTEXT|LOCATION|BACKTRACE|STATEMENT): {2}/;
const klogHead = /^([IWEF])\d{4} \d\d:\d\d:\d\d/;
const logfmt = /(?:^|\s)(?:level|lvl|severity|loglevel)="?([A-Za-z]{3,13})"?(?:\s|$)/;
const names =
  'TRACE|DEBUG|VERBOSE|INFO|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|CRIT|CRITICAL|FATAL|PANIC|ALERT|EMERG|EMERGENCY';
// `[WARN]`, `<error>`, `|info|`.
const bracketed = new RegExp(`[[(<|] ?(${names}) ?[\\])>|:]`, 'i');
const capital = new RegExp(`(?:^|[\\s\\]|:])(${names})(?=[\\s:|\\],!]|$)`);
const opening = new RegExp(`^(?:[\\w./-]{1,40}: )?(${names}): |^npm (err)(?:or|!) `, 'i');
// What may stand before a level: a time, a thread, the name of a program. Two words of prose may not.
const before = /^(?:[^A-Za-z]|[A-Z][a-z]{2} +\d|\S{1,60}[:|\]] *$)/;
const prose = /[a-z]{2,} +[a-z]{2,} /;
const thrown = /^(?:Uncaught |Unhandled |\[)?[\w.$]{0,100}(?:Error|Exception)(?:: | \[|$)/;
const escapes = /\x1b\[[0-9;:]{0,40}m/g;

/** How bad a line says it is; null when it doesn't say. Only looks at its beginning. */
export function levelOf(text: string): Level | null {
  const first = text.charCodeAt(0);
  if (first === 0x7b) return levelOfJson(text);
  const head = text.length > headLength ? text.slice(0, headLength) : text;
  return levelOfText(head.includes('\x1b') ? head.replace(escapes, '') : head);
}

function levelOfText(head: string): Level | null {
  const redis = redisHead.exec(head);
  if (redis !== null) return redisMarks.get(redis[1] ?? '') ?? null;
  const postgres = postgresHead.exec(head);
  if (postgres !== null) return wordLevel(postgres[1]);
  if (postgresDetail.test(head)) return null;
  const klog = klogHead.exec(head);
  if (klog !== null) return klogLetters.get(klog[1] ?? '') ?? null;
  const pair = logfmt.exec(head);
  if (pair !== null) return wordLevel(pair[1]);
  const word = placed(bracketed.exec(head)) ?? placed(capital.exec(head)) ?? opening.exec(head);
  if (word !== null) return wordLevel(word[1] ?? word[2]);
  if (head.startsWith('Traceback (most recent call last)') || head.startsWith('Exception in ')) return 'error';
  return thrown.test(head) ? 'error' : null;
}

function placed(match: RegExpExecArray | null): RegExpExecArray | null {
  if (match === null || match.index === 0) return match;
  const prefix = match.input.slice(0, match.index + 1);
  return before.test(prefix) && !prose.test(prefix) ? match : null;
}

function wordLevel(word: string | undefined): Level | null {
  return words.get(word?.toLowerCase() ?? '') ?? null;
}

function levelOfJson(text: string): Level | null {
  let level: Level | null = null;
  eachPair(text.length > jsonLength ? text.slice(0, jsonLength) : text, (key, from, to) => {
    if (!levelKeys.has(key)) return false;
    level = levelOfValue(valueText(text, from, to));
    return true;
  });
  return level;
}

/** A level as JSON has it: a word, or a number as pino and bunyan count, from 10 (trace) to 60 (fatal). */
export function levelOfValue(value: string): Level | null {
  const word = wordLevel(value);
  if (word !== null) return word;
  const number = /^\d{2,3}$/.test(value) ? Number(value) : 0;
  if (number < 10 || number > 100) return null;
  if (number < 30) return 'debug';
  if (number < 40) return 'info';
  if (number < 50) return 'warning';
  return number < 60 ? 'error' : 'fatal';
}
