import { StackError } from '../stack/errors.ts';
import { duration, plural } from '../stack/format.ts';
import type { ContainerRow } from '../stack/report.ts';
import { timesOf } from './container-effects.ts';
import { previewOf } from './preview.ts';
import { untilAllWell } from './stack-well.ts';
import type { Action, Given, Preview, Running, Seen } from './types.ts';

/** Clients before servers, and Sentinels before Redis, which they would fail over; etcd, whom Patroni needs, last. */
const order: readonly ContainerRow['role'][] = [null, 'backend', 'sentinel', 'redis', 'patroni', 'etcd'];

/** Those of the stack in this state, as they are best frozen. */
const inState = (state: ContainerRow['state'], { report }: Seen): readonly ContainerRow[] =>
  report.containers
    .filter((row) => row.state === state)
    .toSorted((a, b) => order.indexOf(a.role) - order.indexOf(b.role));

const freezing = ({ seen }: Given): Preview => {
  const { ttl } = timesOf(seen);
  return previewOf({
    effects: [
      `All ${plural(inState('running', seen).length, 'container')} freeze: connections stay open, and nobody answers.`,
      `Patroni's lease of ${duration(ttl)} usually outlives this, since etcd sleeps too; otherwise another leader is elected at the resume.`,
      'Sentinels that slept are in TILT for 30 s at the resume: until then no Redis is failed over.',
    ],
    literal: inState('running', seen).map(({ name }) => `POST /containers/${name}/pause`),
    choices: [{ id: 'go', label: 'pause the stack' }],
  });
};

const thawing = ({ seen }: Given): Preview =>
  previewOf({
    effects: [
      'etcd goes on first, then the databases, then the Sentinels and the application; awaited until everything is ok.',
      'Sentinels are in TILT for 30 s and fail nothing over; where leases have ended meanwhile Patroni elects a leader anew.',
    ],
    literal: inState('paused', seen)
      .toReversed()
      .map(({ name }) => `POST /containers/${name}/unpause`),
    choices: [{ id: 'go', label: 'resume the stack' }],
  });

async function freeze({ means, seen, say, signal }: Running): Promise<string> {
  const rows = inState('running', means.seen() ?? seen);
  for (const [index, { name }] of rows.entries()) {
    if (signal.aborted) {
      throw new StackError(
        'precondition',
        `stopped: ${index} of ${rows.length} containers are paused; resume the stack`,
      );
    }
    await means.engine.control.pause(name);
  }
  say(`${plural(rows.length, 'container')} paused`);
  return `the stack is paused: ${plural(rows.length, 'container')}`;
}

async function thaw(running: Running): Promise<string> {
  const { means, seen, say } = running;
  const rows = inState('paused', means.seen() ?? seen).toReversed();
  // Not stopped in between: half a stack is worse than a whole one.
  for (const { name } of rows) await means.engine.control.unpause(name);
  say(`${plural(rows.length, 'container')} resumed`);
  await untilAllWell(running, Date.now());
  return `the stack goes on: ${plural(rows.length, 'container')}`;
}

const base = { scope: 'stack', system: null, many: false, ask: null } as const;

export const freezeActions: readonly Action[] = [
  {
    ...base,
    id: 'stack.pause',
    label: 'Pause stack',
    does: 'Freezes every container of the stack, so that it costs no processor time; memory stays taken.',
    danger: 'disrupts',
    unavailable: (_target, seen) => (inState('running', seen).length > 0 ? null : 'no container runs'),
    preview: async (given) => freezing(given),
    run: freeze,
  },
  {
    ...base,
    id: 'stack.resume',
    label: 'Resume stack',
    does: 'Lets every paused container go on and waits until the stack is ok.',
    danger: 'safe',
    unavailable: (_target, seen) => (inState('paused', seen).length > 0 ? null : 'no container is paused'),
    preview: async (given) => thawing(given),
    run: thaw,
  },
];
