import { systems } from '../stack/topology.ts';
import { catalogue, expected } from './catalogue.ts';
import { type Limits, type LimitsBySystem, limitsOf } from './chain-limits.ts';
import { type Fields, readYaml, type Value } from './chain-nodes.ts';
import {
  type Break,
  type Drill,
  type Expectation,
  type Fault,
  type Measured,
  measuredSystems,
  type Selector,
  selectors,
} from './types.ts';

/** What is awaited between drills: everything ok, or that system takes writes. */
const conditions = ['ok', 'patroni.writable', 'redis.writable', 'etcd.writable'] as const;
export type Condition = (typeof conditions)[number];

/** `drill`: a catalogue's id, or `slow-network:redis2`; or a drill of the file's own. */
export type ChainStep =
  | { readonly kind: 'drill'; readonly drill: string | Drill; readonly limits: LimitsBySystem }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'until'; readonly condition: Condition; readonly withinMs: number };

export type Chain = { readonly name: string; readonly steps: readonly ChainStep[] };

const mostSteps = 200;
const longestWaitMs = 3_600_000;
const usualWithinMs = 60_000;
const stepKeys = ['drill', 'break', 'wait', 'until'] as const;
const plainFaults = ['kill', 'stop', 'pause', 'restart', 'crash', 'isolate'] as const;
const changes = [
  'patroni-switchover',
  'patroni-failover',
  'sentinel-failover',
  'redis-switchover',
  'etcd-move-leader',
] as const;
const faultKinds = [...plainFaults, 'partition', 'delay', 'loss', 'rate', ...changes] as const;
const faultKeys = ['target', 'from', 'delay', 'jitter', 'percent', 'kbit'] as const;

/**
 * Reads a chain of drills from YAML.
 * @throws StackError `usage`: one sentence with the line and what is allowed there
 */
export function parseChain(text: string): Chain {
  const file = readYaml(text).fields('a chain', ['name', 'steps']);
  const name = file.take('name')?.text('name') ?? file.fail('a chain needs a name: what the report calls it');
  const items =
    file.take('steps')?.items('steps') ?? file.fail('a chain needs steps: what is done one after the other');
  if (items.length > mostSteps) file.fail(`a chain has at most ${mostSteps} steps, this one ${items.length}`);
  const steps = items.map((item, index) => stepOf(item, name, index + 1));
  if (!steps.some((step) => step.kind === 'drill'))
    file.fail('a chain needs a step that breaks something: drill or break');
  return { name, steps };
}

function stepOf(item: Value, chain: string, number: number): ChainStep {
  const all = [...stepKeys, ...faultKeys, 'within', 'expect', 'hold', 'beyond-tolerance'];
  const given = item.fields('a step', all).keys;
  const kinds = stepKeys.filter((key) => given.includes(key));
  const kind = kinds[0];
  if (kind === undefined || kinds.length > 1) return item.fail(`a step is exactly one of ${stepKeys.join(', ')}`);
  switch (kind) {
    case 'wait': {
      const wait = need(item.fields('a wait', ['wait']), 'wait');
      const ms = wait.duration('wait');
      return ms <= longestWaitMs ? { kind, ms } : wait.fail('a wait is an hour at most');
    }
    case 'until': {
      const fields = item.fields('an until', ['until', 'within']);
      const condition = need(fields, 'until').oneOf('until', conditions);
      return { kind, condition, withinMs: fields.take('within')?.duration('within') ?? usualWithinMs };
    }
    case 'drill': {
      const fields = item.fields('a drill', ['drill', 'expect']);
      return { kind, drill: idOf(need(fields, 'drill')), limits: limitsOf(fields.take('expect')) };
    }
    case 'break':
      return ownDrill(item, chain, number);
  }
}

const need = (fields: Fields, key: string): Value => fields.take(key) ?? fields.fail(`${key} is missing`);

function idOf(value: Value): string {
  const id = value.text('drill');
  const known = catalogue.map((drill) => drill.id);
  return known.includes(id.split(':')[0] ?? '')
    ? id
    : value.fail(`no drill is called "${id}"; there are ${known.join(', ')}`);
}

/** A step that breaks something of its own: one fault in place, or a list of faults that come at once. */
function ownDrill(item: Value, chain: string, number: number): ChainStep {
  const own = ['break', 'hold', 'expect', 'beyond-tolerance'];
  const what = item.fields('a break', [...own, ...faultKeys]).take('break');
  const several = what?.isList() === true;
  const fields = item.fields(several ? 'a break of several faults' : 'a break', several ? own : [...own, ...faultKeys]);
  const list = need(fields, 'break');
  const breaks = several
    ? list.items('break').map((one) => breakOf(one.fields('a fault', ['fault', 'after', ...faultKeys]), 'fault'))
    : [breakOf(fields, 'break')];
  const limits = limitsOf(fields.take('expect'));
  const watched = measuredSystems.filter(
    (system) => system in limits || breaks.some((one) => measuredIn(one.target) === system),
  );
  if (watched.length === 0) list.fail('say under expect which system is watched: the target alone does not tell');
  const beyondTolerance = fields.take('beyond-tolerance')?.flag('beyond-tolerance') ?? false;
  const drill: Drill = {
    id: `${slug(chain)}-${number}`,
    label: `step ${number}`,
    does: `Step ${number} of "${chain}": ${breaks.map(({ fault, target, afterMs }) => `${fault.kind} of ${nameOf(target)}${afterMs === undefined ? '' : ` after ${afterMs / 1000} s`}`).join(', ')}.`,
    breaks,
    expects: Object.fromEntries(
      watched.map((system) => [system, expectationOf(system, limits[system] ?? {}, beyondTolerance)]),
    ),
    hold: holdOf(fields.take('hold'), breaks),
    beyondTolerance,
  };
  return { kind: 'drill', drill, limits };
}

function breakOf(fields: Fields, key: 'break' | 'fault'): Break {
  const kind = need(fields, key).oneOf(key, faultKinds);
  const target = targetOf(need(fields, 'target'));
  const taken = ownKeys[kind] ?? [];
  for (const extra of faultKeys) {
    if (extra === 'target' || taken.includes(extra)) continue;
    fields
      .take(extra)
      ?.fail(`${kind} takes no "${extra}"${taken.length === 0 ? '' : `; it takes ${taken.join(' and ')}`}`);
  }
  const afterMs = key === 'fault' ? (fields.take('after')?.duration('after') ?? 0) : 0;
  return { fault: faultOf(kind, fields), target, ...(afterMs === 0 ? {} : { afterMs }) };
}

const ownKeys: Readonly<Partial<Record<Fault['kind'], readonly string[]>>> = {
  partition: ['from'],
  delay: ['delay', 'jitter'],
  loss: ['percent'],
  rate: ['kbit'],
};

function faultOf(kind: (typeof faultKinds)[number], fields: Fields): Fault {
  switch (kind) {
    case 'partition': {
      const from = fields.take('from');
      if (from === null || !from.isList()) {
        from?.oneOf('from (else a list of systems)', ['all']);
        return { kind, from: 'all' };
      }
      return { kind, from: from.items('from').map((one) => one.oneOf('from', systems)) };
    }
    case 'delay': {
      const ms = need(fields, 'delay').duration('delay');
      return { kind, ms, jitterMs: fields.take('jitter')?.duration('jitter') ?? 0 };
    }
    case 'loss':
      return { kind, percent: need(fields, 'percent').number('percent', 1, 100) };
    case 'rate':
      return { kind, kbit: need(fields, 'kbit').number('kbit', 8, 10_000_000) };
    default:
      return { kind };
  }
}

/** A role, or a member's name, which has no dot in it. */
function targetOf(value: Value): Selector {
  const word = value.text('target');
  const role = selectors.find((selector) => selector === word);
  if (role !== undefined) return role;
  return word.includes('.')
    ? value.fail(`target is a member's name or one of ${selectors.join(', ')}, not "${word}"`)
    : { member: word };
}

const nameOf = (target: Selector): string => (typeof target === 'string' ? target : target.member);

/** Which system's writes tell of it; null: a member by name, which only the stack can tell. */
function measuredIn(target: Selector): Measured | null {
  const system = nameOf(target).split('.')[0];
  if (typeof target !== 'string') return null;
  return system === 'sentinel' ? 'redis' : (measuredSystems.find((one) => one === system) ?? null);
}

function holdOf(value: Value | null, breaks: readonly Break[]): Drill['hold'] {
  if (value === null) return breaks.some(({ fault }) => lasting(fault)) ? 'recovered' : 'none';
  const held = value.durationOr('hold', ['recovered', 'none']);
  return typeof held === 'number' ? { ms: held } : held;
}

const lasting = ({ kind }: Fault): boolean => kind !== 'crash' && !changes.some((change) => change === kind);

/** Held to the target of its system, or to what the file says. Who leads afterwards is left open. */
function expectationOf(system: Measured, { writableMs, lost }: Limits, beyondTolerance: boolean): Expectation {
  const usual = expected(system, 'either', {
    loss: lost === 0 ? 'none' : 'as-configured',
    outage: beyondTolerance ? 'until-healed' : 'expected',
  });
  return { ...usual, targetMs: writableMs ?? usual.targetMs };
}

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '') || 'chain';
