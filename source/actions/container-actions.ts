import type { ContainerState } from '../stack/topology.ts';
import { previewAway, type Taking, takeAway } from './container-away.ts';
import { previewOf } from './preview.ts';
import { untilWell, wellDeadlineMs } from './rolling-health.ts';
import { containerRow, namesOf } from './rolling-members.ts';
import type { Action, Given, Running, Seen, Target } from './types.ts';

const base = { scope: 'container', system: null, many: true, ask: null } as const;

/** Null where it is in one of these states, else what it is. */
export function onlyWhile(states: readonly ContainerState[]) {
  return (target: Target, seen: Seen): string | null => {
    const state = containerRow(target, seen)?.state ?? 'missing';
    if (states.includes(state)) return null;
    return state === 'missing' ? 'its container is gone: recreate it' : `it is ${state}`;
  };
}

/** The engine takes a container's name where it takes its id. */
export const nameOf = ({ container, name }: Target): string => container ?? name;
const call = (what: string) => (target: Target) => [`POST /containers/${nameOf(target)}/${what}`];

const stop: Taking = {
  verb: 'stop',
  passing: false,
  orderly: true,
  literal: call('stop'),
  does: (target, { means }) => means.engine.control.stop(nameOf(target)),
  done: 'stopped',
};
const restart: Taking = {
  verb: 'restart',
  passing: true,
  orderly: true,
  literal: call('restart'),
  does: (target, { means }) => means.engine.control.restart(nameOf(target)),
  done: 'restarted',
  begins: 'restarts',
};
const pause: Taking = {
  verb: 'pause',
  passing: false,
  orderly: false,
  literal: call('pause'),
  does: (target, { means }) => means.engine.control.pause(nameOf(target)),
  done: 'paused',
};

/** An action of those that take containers away. */
export const taken = (taking: Taking): Pick<Action, 'preview' | 'run'> => ({
  preview: (given) => previewAway(taking, given),
  run: (running) => takeAway(taking, running),
});

/** What brings containers back: nobody is missed meanwhile, so one after the other, each awaited. */
function brought(what: 'start' | 'unpause', done: string): Pick<Action, 'preview' | 'run'> {
  return {
    preview: async ({ targets }: Given) =>
      previewOf({
        effects: [
          `${namesOf(targets)}: awaited until healthy, ${wellDeadlineMs / 1_000} s at most${targets.length > 1 ? ' each' : ''}.`,
        ],
        literal: targets.flatMap(call(what)),
        choices: [{ id: 'go', label: what }],
      }),
    async run(running: Running) {
      const { targets, means, say, signal } = running;
      const since = Date.now();
      // At once: an etcd or a Patroni that starts alone waits for the others.
      for (const target of targets) {
        signal.throwIfAborted();
        await means.engine.control[what](nameOf(target));
        say(`${target.name} ${done}`);
      }
      for (const target of targets) {
        await untilWell(running, target, since);
        say(`${target.name} is healthy`);
      }
      return `${namesOf(targets)} ${done} and healthy`;
    },
  };
}

export const containerActions: readonly Action[] = [
  {
    ...base,
    id: 'container.start',
    label: 'Start',
    does: 'Starts the container and waits until it is healthy.',
    danger: 'safe',
    unavailable: onlyWhile(['exited', 'created', 'dead']),
    ...brought('start', 'started'),
  },
  {
    ...base,
    id: 'container.stop',
    label: 'Stop',
    does: 'Stops the container in good order; who leads can switch over first.',
    danger: 'disrupts',
    unavailable: onlyWhile(['running', 'restarting']),
    ...taken(stop),
  },
  {
    ...base,
    id: 'container.restart',
    label: 'Restart',
    does: 'Stops and starts the container and waits until it is healthy; several one after the other.',
    danger: 'disrupts',
    unavailable: onlyWhile(['running', 'restarting']),
    ...taken(restart),
  },
  {
    ...base,
    id: 'container.pause',
    label: 'Pause',
    does: 'Freezes the processes of the container: it keeps its connections and answers nobody.',
    danger: 'disrupts',
    unavailable: onlyWhile(['running']),
    ...taken(pause),
  },
  {
    ...base,
    id: 'container.unpause',
    label: 'Unpause',
    does: 'Lets the processes of the container go on.',
    danger: 'safe',
    unavailable: onlyWhile(['paused']),
    ...brought('unpause', 'goes on'),
  },
];
