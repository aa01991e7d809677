import { nameOf, onlyWhile, taken } from './container-actions.ts';
import { previewAway, type Taking, takeAway } from './container-away.ts';
import { containerRow } from './rolling-members.ts';
import type { Action, Given, Seen, Target } from './types.ts';

/** Loaded when it is needed: the table is there from the first frame on. */
const composing = () => import('./stack-compose.ts');

const composeWords = (service: string): readonly string[] => [
  ...['up', '--detach', '--no-build', '--no-deps', '--force-recreate'],
  service,
];

const serviceOf = (target: Target, seen: Seen): string | null => containerRow(target, seen)?.service ?? null;

const recreate: Taking = {
  verb: 'recreate',
  passing: true,
  orderly: true,
  literal: (target, { seen }) => [`docker compose ${composeWords(serviceOf(target, seen) ?? target.name).join(' ')}`],
  async does(target, { means, seen, signal }) {
    const words = composeWords(serviceOf(target, seen) ?? target.name);
    await (await composing()).byCompose(means, words, { what: `recreating ${target.name}`, signal });
  },
  done: 'recreated',
  begins: 'is recreated',
};

/** As the engine's own program is called; the calls are the same. */
const program = ({ snapshot }: Seen): string => (snapshot.engine.version?.startsWith('Podman') ? 'podman' : 'docker');

const remove: Taking = {
  verb: 'remove',
  passing: false,
  orderly: true,
  literal: (target, { seen }) => [
    ...(runs(target, seen) ? [`POST /containers/${nameOf(target)}/stop`] : []),
    `${program(seen)} rm ${nameOf(target)}`,
  ],
  async does(target, { means, seen, signal }) {
    if (runs(target, means.seen() ?? seen)) await means.engine.control.stop(nameOf(target));
    await (await composing()).byCli(means, ['rm', nameOf(target)], { what: `removing ${target.name}`, signal });
  },
  done: 'removed',
};

const runs = (target: Target, seen: Seen): boolean =>
  ['running', 'restarting'].includes(containerRow(target, seen)?.state ?? 'missing');

async function previewRemove(given: Given) {
  const preview = await previewAway(remove, given);
  const kept = 'The container and what was written in it are gone; its volumes stay, and recreating it brings it back.';
  return { ...preview, effects: [...preview.effects, kept] };
}

export const recreateActions: readonly Action[] = [
  {
    id: 'container.recreate',
    label: 'Recreate',
    does: 'Makes the container anew by the compose file, on the volumes that it has, and waits until it is healthy.',
    scope: 'container',
    system: null,
    danger: 'disrupts',
    many: true,
    ask: null,
    unavailable: (target, seen) => (serviceOf(target, seen) === null ? 'no Compose service made it' : null),
    ...taken(recreate),
  },
  {
    id: 'container.remove',
    label: 'Remove',
    does: 'Stops and removes the container; its volumes stay.',
    scope: 'container',
    system: null,
    danger: 'destroys',
    many: true,
    ask: null,
    unavailable: onlyWhile(['running', 'restarting', 'exited', 'created', 'dead']),
    preview: previewRemove,
    run: (running) => takeAway(remove, running),
  },
];
