import { levelKeys, levelOf, levelOfValue } from './levels.ts';
import type { Level } from './types.ts';
import { eachPair, valueText } from './understand-json.ts';

/** A line taken apart for reading. Nothing in it is harmless yet: see harmless.ts. */
export type Understood = {
  readonly level: Level | null;
  /** What it says, without time and level where these are surely its own; '' when an object has no message. */
  readonly message: string;
  /** What else it carries, in its order: names and values, those that are nested as JSON. */
  readonly fields: readonly (readonly [string, string])[];
  readonly format: 'json' | 'text';
};

/** Longer objects stay text: nobody reads their fields, and a frame must not wait for them. */
const longestObject = 16_384;
const messageKeys = ['msg', 'message', '@message', '@m', 'event', 'text', 'log'];
const times = new Set('time ts t timestamp @timestamp @t datetime date asctime Timestamp'.split(' '));
const looksLikeTime = /^"?(?:\d{4}-\d\d-\d\d|\d{10})/;
/** Where in the program it was written; of use to its author, who reads it raw. */
const places = new Set(['caller']);
/** What pino and bunyan put into every line. */
const constants = new Set(['pid', 'hostname', 'v']);

/** Takes a line apart. Meant for those that are shown: about 10 µs. */
export function understand(text: string): Understood {
  if (text.charCodeAt(0) === 0x7b && text.length <= longestObject) {
    const object = understandObject(text);
    if (object !== null) return object;
  }
  return understandText(text);
}

type Pair = { readonly key: string; readonly value: string };

function understandObject(text: string): Understood | null {
  const pairs: Pair[] = [];
  let level: Level | null = null;
  let numbered = false;
  const whole = eachPair(text, (key, from, to) => {
    if (levelKeys.has(key)) {
      const found = levelOfValue(valueText(text, from, to));
      level ??= found;
      numbered ||= text.charCodeAt(from) !== 0x22;
      if (found !== null) return false;
    }
    if (times.has(key) && looksLikeTime.test(text.slice(from, Math.min(to, from + 12)))) return false;
    if (!places.has(key)) pairs.push({ key, value: valueText(text, from, to) });
    return false;
  });
  if (!whole) return null;
  const messageKey = messageKeys.find((name) => pairs.some(({ key }) => key === name));
  const message = pairs.find(({ key }) => key === messageKey);
  const fields = pairs
    .filter((pair) => pair !== message && !(numbered && constants.has(pair.key)))
    .map(({ key, value }) => [key, value] as const);
  return { level, message: message?.value ?? '', fields, format: 'json' };
}

// The prefix of the shipped stack: `%m [%p] %q%u@%d `. Others stay as they are.
const postgres = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})? [A-Z]{1,5} \[(\d+)\] (?:(\S+)@(\S+) )?/;
const postgresLevel = /(?:DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC): {2}/y;
const postgresDetail = /(?:DETAIL|HINT|QUERY|CONTEXT|LOCATION|BACKTRACE|STATEMENT): {2}/y;
// Python's logging as Patroni sets it up; `,123` is Python's own default.
const python = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d{3})? (?:DEBUG|INFO|WARNING|ERROR|CRITICAL): /;
const redis = /^(\d+):([A-Z]) \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3} [.\-*#] /;
const redisRoles: Readonly<Record<string, string>> = { M: 'master', S: 'replica', C: 'child', X: 'sentinel' };

function understandText(text: string): Understood {
  const level = levelOf(text);
  const kept = (message: string, fields: Understood['fields'] = []): Understood =>
    message === '' ? { level, message: text, fields: [], format: 'text' } : { level, message, fields, format: 'text' };
  const own = postgres.exec(text);
  if (own !== null) {
    const [prefix, pid = '', user, database] = own;
    postgresLevel.lastIndex = prefix.length;
    postgresDetail.lastIndex = prefix.length;
    const session = user === undefined ? [] : ([['session', `${user}@${database}`]] as const);
    if (postgresLevel.test(text)) return kept(text.slice(postgresLevel.lastIndex), [['pid', pid], ...session]);
    if (postgresDetail.test(text)) return kept(text.slice(prefix.length));
    return kept(text);
  }
  const logging = python.exec(text);
  if (logging !== null) return kept(text.slice(logging[0].length));
  const marked = redis.exec(text);
  if (marked === null) return kept(text);
  const role = redisRoles[marked[2] ?? ''];
  return kept(text.slice(marked[0].length), role === undefined ? [] : [['role', role]]);
}
