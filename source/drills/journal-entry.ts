import { type JournalEntry, measuredSystems, type Undo } from './types.ts';

/**
 * Reads an entry of the journal; a string says why it is none. What is in it decides what is done to containers, so nothing
 * is taken that is not wholly understood.
 */
export function readEntry(text: string): JournalEntry | string {
  const value = parse(text);
  if (!isObject(value)) return 'it is no entry of the journal';
  if (typeof value.schema === 'number' && value.schema > 1) {
    return `a newer paws-top wrote it (schema ${value.schema}); heal with that one`;
  }
  return isEntry(value) ? value : 'it is no entry of the journal';
}

type Shape = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string' && value !== '';
const textOrNull: Check = (value) => value === null || text(value);
const number: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const textOrMissing: Check = (value) => value === undefined || text(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shape =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(checks).every(([key, check]) => check(value[key]));

const container = shape({ container: text, name: text });
const network = shape({
  network: text,
  ipv4: textOrNull,
  ipv6: textOrNull,
  aliases: listOf(text),
  links: listOf(text),
});
const undos: Readonly<Record<Undo['op'], Check>> = {
  start: container,
  unpause: container,
  'clear-network': container,
  connect: (value) => container(value) && shape({ networks: listOf(network) })(value),
  'redis-settle': shape({ name: text, priorities: listOf(shape({ member: text, priority: number })) }),
  'patroni-settle': shape({
    name: text,
    patch: shape({ synchronous_node_count: (value) => value === null || number(value) }),
  }),
  'clean-ledger': shape({ name: text, run: text, system: (value) => measuredSystems.some((known) => known === value) }),
};
const undo: Check = (value) => {
  if (!isObject(value) || typeof value.op !== 'string' || !Object.hasOwn(undos, value.op)) return false;
  return undos[value.op as Undo['op']](value);
};
const entry = shape({
  schema: (value) => value === 1,
  id: text,
  project: text,
  host: textOrNull,
  engine: textOrMissing,
  drill: text,
  what: text,
  createdAt: number,
  deadlineAt: number,
  undo: listOf(undo),
  owner: shape({ pid: number, startedAt: text }),
});

const isEntry = (value: Shape): value is JournalEntry & Shape => entry(value);

function isObject(value: unknown): value is Shape {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return null;
  }
}
