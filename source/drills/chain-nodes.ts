import { isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument, type YAMLMap } from 'yaml';
import { StackError } from '../stack/errors.ts';
import { list } from '../stack/format.ts';

/** A place in the file, and how to complain about it. */
export type Place = { fail(text: string): never };

/** A mapping whose keys are taken one after the other; what is left over is an error. */
export type Fields = Place & {
  readonly keys: readonly string[];
  /** What stands under that key; null: nothing. */
  take(key: string): Value | null;
};

/** A value in the file with the ways to read it. Every reading that does not fit throws with the line. */
export type Value = Place & {
  isList(): boolean;
  isFields(): boolean;
  text(what: string): string;
  oneOf<T extends string>(what: string, allowed: readonly T[]): T;
  number(what: string, least: number, most: number): number;
  flag(what: string): boolean;
  /** `800ms`, `25s`, `2m`: ms */
  duration(what: string): number;
  /** A time, ms, or one of these words. */
  durationOr<T extends string>(what: string, words: readonly T[]): number | T;
  items(what: string): readonly Value[];
  /** A mapping with no other keys than these. */
  fields(what: string, allowed: readonly string[]): Fields;
};

/**
 * Reads a YAML document; everything in it knows its line.
 * @throws StackError `usage`: one sentence with the line and what is allowed
 */
export function readYaml(text: string): Value {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fail = (offset: number, what: string): never => {
    throw new StackError('usage', `line ${Math.max(1, lines.linePos(offset).line)}: ${what}`);
  };
  const [error] = document.errors;
  if (error !== undefined) fail(error.pos[0], `this is no YAML: ${error.message.split('\n', 1)[0]}`);
  return readValue(document.contents, 0, fail);
}

type Fail = (offset: number, what: string) => never;

function readValue(node: Node | null, near: number, fail: Fail): Value {
  const at = node?.range?.[0] ?? near;
  const here = (text: string): never => fail(at, text);
  const scalar: unknown = isScalar(node) ? node.value : undefined;
  const text = (what: string): string =>
    typeof scalar === 'string' && scalar.trim() !== '' ? scalar.trim() : here(`${what} must be a word or a sentence`);
  return {
    fail: here,
    text,
    isList: () => isSeq(node),
    isFields: () => isMap(node),
    oneOf: (what, allowed) =>
      allowed.find((word) => word === String(scalar)) ?? here(`${what} is one of ${allowed.join(', ')}${not(scalar)}`),
    number: (what, least, most) =>
      typeof scalar === 'number' && scalar >= least && scalar <= most
        ? scalar
        : here(`${what} is a number from ${least} to ${most}${not(scalar)}`),
    flag: (what) => (typeof scalar === 'boolean' ? scalar : here(`${what} is true or false${not(scalar)}`)),
    duration: (what) =>
      millisecondsOf(String(scalar)) ?? here(`${what} is a time such as 800ms, 25s or 2m${not(scalar)}`),
    durationOr: (what, words) =>
      words.find((word) => word === scalar) ??
      millisecondsOf(String(scalar)) ??
      here(`${what} is ${words.join(', ')} or a time such as 30s${not(scalar)}`),
    items: (what) =>
      isSeq(node) && node.items.length > 0
        ? node.items.map((item) => readValue(item as ParsedNode, at, fail))
        : here(`${what} is a list, each entry beginning with "- "`),
    fields: (what, allowed) =>
      isMap(node) ? fieldsOf(node, at, fail, what, allowed) : here(`${what} has the keys ${allowed.join(', ')}`),
  };
}

const not = (scalar: unknown): string => (scalar === undefined || scalar === null ? '' : `, not "${String(scalar)}"`);

function fieldsOf(map: YAMLMap, at: number, fail: Fail, what: string, allowed: readonly string[]): Fields {
  const pairs = new Map(
    map.items.map((pair) => {
      const key = pair.key as ParsedNode;
      const name = isScalar(key) ? String(key.value) : '';
      if (!allowed.includes(name)) {
        fail(
          key.range?.[0] ?? at,
          `${what} has no key "${name}"; allowed ${allowed.length === 1 ? 'is' : 'are'} ${allOf(allowed)}`,
        );
      }
      return [name, { node: pair.value as ParsedNode | null, keyAt: key.range?.[0] ?? at }] as const;
    }),
  );
  return {
    fail: (text) => fail(at, text),
    keys: [...pairs.keys()],
    take: (key) => {
      const found = pairs.get(key);
      return found === undefined ? null : readValue(found.node, found.keyAt, fail);
    },
  };
}

const allOf = (words: readonly string[]): string => (words.length > 5 ? words.join(', ') : list(words));

function millisecondsOf(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m)$/.exec(text.trim());
  if (match === null) return null;
  return Math.round(Number(match[1]) * { ms: 1, s: 1000, m: 60_000 }[match[2] as 'ms' | 's' | 'm']);
}
