import { PassThrough, Readable } from 'node:stream';
import type { ContainerDetails, Control, Engine, EngineEvent } from '../../source/engine/types.ts';
import { noControl } from './fake-control.ts';

/** A scripted engine for tests of time: containers come and go, the event stream is lost, the engine hangs. */
export type FakeEngine = {
  connect: () => Promise<Engine>;
  /** Replaces a container, without telling. */
  put(details: ContainerDetails): void;
  remove(id: string): void;
  /** Tells of it on every open event stream. */
  emit(event: Partial<EngineEvent> & { containerId: string; action: string }): void;
  /** Ends all streams; connecting fails until `restore`. */
  lose(): void;
  restore(): void;
  /** The next inspect is answered by hand. */
  holdInspect(): { asked: Promise<void>; answer(details: ContainerDetails): void; fail(error: Error): void };
  readonly calls: { connect: number; list: number; inspect: number };
};

type Hold = { asked: PromiseWithResolvers<void>; answer: PromiseWithResolvers<ContainerDetails | null> };

export function fakeEngine(
  initial: readonly ContainerDetails[],
  control: Control = noControl,
  logs: Engine['logs'] = async () => ({ stream: Readable.from([]), framed: true, stampsParts: false }),
): FakeEngine {
  const containers = new Map(initial.map((details) => [details.container.id, details]));
  const streams = new Set<{ push(event: EngineEvent): void; end(error: Error): void }>();
  const calls = { connect: 0, list: 0, inspect: 0 };
  let lost = false;
  let held: Hold | null = null;

  async function* events(signal: AbortSignal, opened: () => void): AsyncGenerator<EngineEvent> {
    const queue: EngineEvent[] = [];
    let wake = Promise.withResolvers<void>();
    const stream = {
      push(event: EngineEvent) {
        queue.push(event);
        wake.resolve();
      },
      end(error: Error) {
        wake.reject(error);
      },
    };
    streams.add(stream);
    signal.addEventListener('abort', () => stream.end(new Error('aborted')));
    opened();
    while (true) {
      await wake.promise;
      wake = Promise.withResolvers();
      yield* queue.splice(0);
    }
  }

  const engine: Engine = {
    address: 'fake:',
    local: false,
    version: async () => 'Docker 99',
    time: async () => Date.now(),
    ping: async () => {},
    list: async () => {
      calls.list += 1;
      return [...containers.values()];
    },
    inspect: async (id) => {
      calls.inspect += 1;
      const hold = held;
      held = null;
      if (hold !== null) {
        hold.asked.resolve();
        return hold.answer.promise;
      }
      return containers.get(id) ?? null;
    },
    events,
    exec: async () => new PassThrough(),
    readFile: async () => '',
    logs,
    usage: () => ({ sample: async () => new Map() }),
    control,
    close: () => {},
  };

  return {
    calls,
    async connect() {
      calls.connect += 1;
      if (lost) throw new Error('connection refused');
      return engine;
    },
    put: (details) => containers.set(details.container.id, details),
    remove: (id) => containers.delete(id),
    emit(event) {
      for (const stream of streams) {
        stream.push({ name: `paws-${event.containerId}-1`, project: null, at: 0, attributes: {}, ...event });
      }
    },
    lose() {
      lost = true;
      for (const stream of streams) stream.end(new Error('socket closed'));
      streams.clear();
    },
    restore() {
      lost = false;
    },
    holdInspect() {
      const hold: Hold = { asked: Promise.withResolvers(), answer: Promise.withResolvers() };
      held = hold;
      return { asked: hold.asked.promise, answer: hold.answer.resolve, fail: hold.answer.reject };
    },
  };
}

/** A running container as the engine would describe it. */
export function details(id: string, state: ContainerDetails['container']['state'] = 'running'): ContainerDetails {
  return {
    container: {
      id,
      name: `paws-${id}-1`, // as Compose names them: not the service
      service: id,
      project: 'paws',
      image: 'test',
      state,
      health: 'none',
      restarts: 0,
      exitCode: state === 'exited' ? 137 : null,
      startedAt: 0,
      memoryLimitBytes: null,
    },
    argv: [],
    env: {},
    labels: {},
    hostname: id,
    pid: null,
    ports: [],
    networks: [],
  };
}
