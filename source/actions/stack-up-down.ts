import { StackError } from '../stack/errors.ts';
import { list, plural } from '../stack/format.ts';
import type { ContainerRow } from '../stack/report.ts';
import { previewOf } from './preview.ts';
import { untilAllWell } from './stack-well.ts';
import type { Action, Given, Preview, Running, Seen } from './types.ts';

const downWords = ['down', '--remove-orphans'] as const;

/** Loaded when it is needed: the table is there from the first frame on. */
const composing = () => import('./stack-compose.ts');

const base = { scope: 'stack', system: null, many: false, ask: null } as const;

/** Those that exist and do not run, by what is sent to them, and services whose containers are gone. */
function stopped({ report }: Seen): { readonly start: readonly ContainerRow[]; readonly make: readonly string[] } {
  const start = report.containers.filter(({ state }) => ['exited', 'created', 'dead'].includes(state));
  const make = report.containers.flatMap(({ state, service }) =>
    state === 'missing' && service !== null ? [service] : [],
  );
  return { start, make };
}

const makeWords = (services: readonly string[]): readonly string[] => [
  ...['up', '--detach', '--no-build', '--no-deps', '--no-recreate'],
  ...services,
];

function previewUp({ seen }: Given): Preview {
  const { start, make } = stopped(seen);
  const names = [...start.map(({ service, name }) => service ?? name), ...make];
  return previewOf({
    effects: [`${list(names)} ${names.length === 1 ? 'starts' : 'start'}; awaited until everything is ok.`],
    literal: [
      ...start.map(({ name }) => `POST /containers/${name}/start`),
      ...(make.length === 0 ? [] : [`docker compose ${makeWords(make).join(' ')}`]),
    ],
    choices: [{ id: 'go', label: 'start' }],
  });
}

async function up(running: Running): Promise<string> {
  const { means, seen, say, signal } = running;
  const { start, make } = stopped(means.seen() ?? seen);
  // At once: an etcd or a Patroni that starts alone waits for the others.
  for (const { name, service } of start) {
    signal.throwIfAborted();
    await means.engine.control.start(name);
    say(`${service ?? name} started`);
  }
  if (make.length > 0) {
    await (await composing()).byCompose(means, makeWords(make), { what: `making ${list(make)}`, signal });
    say(`${list(make)} made and started`);
  }
  await untilAllWell(running, Date.now());
  return `${plural(start.length + make.length, 'container')} started, everything is ok`;
}

async function previewDown({ seen, means }: Given): Promise<Preview> {
  const { coreOf } = await composing();
  const compose = await means.compose();
  const count = seen.report.containers.filter(({ state }) => state !== 'missing').length;
  const core = [...coreOf(compose)];
  const partly = core.length < seen.report.containers.length;
  return previewOf({
    effects: [
      `All ${plural(count, 'container')} are stopped and removed: nothing answers until the next "up". Volumes, and so the data, stay.`,
      ...(partly ? [`Leadership moves to ${list(core)} first, so that any profile can start from there.`] : []),
    ],
    literal: [`docker compose ${downWords.join(' ')}`],
    choices: [{ id: 'go', label: 'take it down' }],
  });
}

async function down(running: Running): Promise<string> {
  const { means, seen, say, signal } = running;
  const [{ byCompose, coreOf }, { moveLeadership }] = await Promise.all([composing(), import('./leave-leadership.ts')]);
  const compose = await means.compose();
  try {
    await moveLeadership({ means, staying: coreOf(compose), say, signal });
  } catch (error) {
    if (signal.aborted || !(error instanceof StackError)) throw error;
    say(`leadership was not moved first: ${error.message}`);
  }
  signal.throwIfAborted();
  const count = (means.seen() ?? seen).report.containers.filter(({ state }) => state !== 'missing').length;
  await byCompose(means, downWords, { what: 'taking the stack down' });
  const left = await means.containers();
  if (left.length > 0) {
    throw new StackError('rejected', `still there: ${list(left.map(({ container }) => container.name))}`);
  }
  return `${plural(count, 'container')} removed; volumes stay`;
}

export const upDownActions: readonly Action[] = [
  {
    ...base,
    id: 'stack.up',
    label: 'Start stopped',
    does: 'Starts everything of the present profile that is stopped or gone, and waits until the stack is ok.',
    danger: 'safe',
    unavailable(_target, seen) {
      const { start, make } = stopped(seen);
      return start.length + make.length > 0 ? null : 'nothing is stopped';
    },
    preview: async (given) => previewUp(given),
    run: up,
  },
  {
    ...base,
    id: 'stack.down',
    label: 'Take down',
    does: 'Stops and removes every container of the stack; volumes stay.',
    danger: 'destroys',
    unavailable: (_target, { report }) =>
      report.containers.some(({ state }) => state !== 'missing') ? null : 'nothing is there',
    preview: previewDown,
    run: down,
  },
];
