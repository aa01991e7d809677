import { expect, test } from 'vitest';
import type { ConsoleEnd, ConsoleKind, Consoles } from '../../source/actions/console-types.ts';
import { StackError } from '../../source/stack/errors.ts';
import { fakeActions } from './fake-actions.ts';
import { openScreen } from './screen.ts';

/** Consoles that end when they are told to. */
function fakeConsoles(refused: string | null = null) {
  const asked: string[] = [];
  let end = Promise.withResolvers<ConsoleEnd>();
  let begun = Promise.withResolvers<void>();
  const consoles: Consoles = {
    async find(kind: ConsoleKind, { name }) {
      asked.push(`${kind} of ${name}`);
      if (refused !== null) throw new StackError('not-running', refused);
      return {
        title: `${kind} on ${name}`,
        leave: 'exit',
        async run() {
          begun.resolve();
          const ended = await end.promise;
          end = Promise.withResolvers();
          begun = Promise.withResolvers();
          return ended;
        },
      };
    },
  };
  return {
    consoles,
    asked,
    begun: () => begun.promise,
    end: (how: Partial<ConsoleEnd> = {}) => end.resolve({ said: null, unread: false, ...how }),
  };
}

test('ten consoles, and after each the same frame, the same modes', async () => {
  const { consoles, begun, end } = fakeConsoles();
  const screen = await openScreen({ actions: fakeActions(), consoles });
  const before = screen.text();
  const modes = ['alternate screen', 'hidden cursor', 'no line wrap', 'bracketed paste'];
  for (let time = 0; time < 10; time += 1) {
    screen.type('e');
    await begun();
    await screen.until(/shell on etcd1; exit returns to paws-top/);
    await expect.poll(screen.leftovers).toEqual([]);
    end();
    await screen.until((text) => text === before);
    await expect.poll(screen.leftovers).toEqual(modes);
  }
});

test('it opens at the selection of the pane: from the containers what leads the cluster, from a member its client', async () => {
  const { consoles, asked, begun, end } = fakeConsoles();
  const screen = await openScreen({ actions: fakeActions(), consoles });
  for (const keys of ['jE', '3E', '4jE']) {
    screen.type(keys);
    await begun();
    end();
    await screen.until(/q quit/);
  }
  expect(asked).toEqual(['cluster of etcd2', 'client of patroni1', 'client of redis2']);
});

test('what came of it is said until the next key', async () => {
  const { consoles, begun, end } = fakeConsoles();
  const screen = await openScreen({ actions: fakeActions(), consoles });
  screen.type('e');
  await begun();
  end({ said: 'bash on etcd1 ended: the container stopped' });
  await screen.until(/▲ bash on etcd1 ended: the container stopped/);
  screen.type('j');
  await screen.until((text) => !text.includes('the container stopped'));
});

test('where there is none the screen stays, and why is said', async () => {
  const { consoles } = fakeConsoles('no console: etcd1 is stopped; S starts it');
  const screen = await openScreen({ actions: fakeActions(), consoles });
  screen.type('e');
  await screen.until(/no console: etcd1 is stopped; S starts it/);
  expect(screen.leftovers()).toContain('alternate screen');
});

test('resized meanwhile, the screen is drawn at its new size', async () => {
  const { consoles, begun, end } = fakeConsoles();
  const screen = await openScreen({ actions: fakeActions(), consoles });
  screen.type('e');
  await begun();
  await screen.resize(80, 24);
  end();
  const text = await screen.until(/Enter open/);
  expect(text.split('\n')).toHaveLength(24);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('quit by a signal, the console is ended first and the terminal is as it was', async () => {
  const { consoles, begun, end } = fakeConsoles();
  const screen = await openScreen({ actions: fakeActions(), consoles });
  screen.type('e');
  await begun();
  process.emit('SIGINT');
  process.emit('SIGTERM');
  end();
  expect(await screen.ended).toBe(143);
  await expect.poll(screen.leftovers).toEqual([]);
});
