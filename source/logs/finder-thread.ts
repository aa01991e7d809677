import { Worker } from 'node:worker_threads';
import { type Answer, type Control, controls, type Expression, type Work } from './finder-jobs.ts';

/** How long one line may take: until it is given up; and until it is ended when its answer is no longer wanted. */
const lineMs = { wanted: 1000, superseded: 250 };
/** A thread that has not begun by then never will. */
const startMs = 10_000;
const lookMs = 50;

/** A thread that tests texts. It starts with the first job and is replaced when it hangs. */
export type Thread = {
  /** One job at a time. `fresh`: the thread knows nothing of earlier jobs. Never rejects. */
  ask(expression: Expression, makeWork: (fresh: boolean) => Work): Promise<Answer>;
  /** What it does is no longer wanted: it answers at its next line, whatever it has. */
  supersede(): void;
  close(): void;
};

/** `keepsAlive`: the process does not end while an answer is awaited. */
export function createThread({ keepsAlive }: { readonly keepsAlive: boolean }): Thread {
  const control: Control = new Int32Array(new SharedArrayBuffer(controls.length * 4));
  let worker: Worker | null = null;
  let closed = false;
  let awaited: { readonly resolve: (answer: Answer) => void; readonly watch: NodeJS.Timeout } | null = null;
  let superseded = false;

  function answer(given: Answer): void {
    if (awaited === null) return;
    const { resolve, watch } = awaited;
    awaited = null;
    clearInterval(watch);
    worker?.unref();
    resolve(given);
  }

  function abandon(failure: (Answer & { kind: 'failed' })['failure']): void {
    const abandoned = worker;
    worker = null;
    void abandoned?.terminate();
    answer({ kind: 'failed', failure });
  }

  /** Looks whether it gets on. Only time in which nothing moved counts, so a slow machine is not taken for a hang. */
  function watchLine(): NodeJS.Timeout {
    let seen = 0;
    let since = performance.now();
    const look = () => {
      const line = Atomics.load(control, controls.line);
      const now = performance.now();
      if (line !== seen) [seen, since] = [line, now];
      const limit = line === 0 ? startMs : superseded ? lineMs.superseded : lineMs.wanted;
      if (now - since >= limit) abandon(superseded ? 'superseded' : 'slow');
    };
    return setInterval(look, lookMs).unref();
  }

  function start(): Worker {
    const started = startWorker(control);
    // What one that was given up still says is not meant for the next.
    const ended = () => worker === started && abandon('cannot');
    started.on('message', (given: Answer) => worker === started && answer(given));
    started.on('error', ended);
    started.on('exit', ended);
    return started;
  }

  return {
    ask(expression, makeWork) {
      if (closed) return Promise.resolve({ kind: 'failed', failure: 'closed' });
      const fresh = worker === null;
      const asked = worker ?? start();
      worker = asked;
      superseded = false;
      Atomics.store(control, controls.line, 0);
      const generation = Atomics.load(control, controls.generation);
      asked.postMessage({ generation, expression, work: makeWork(fresh) });
      if (keepsAlive) asked.ref();
      return new Promise((resolve) => {
        awaited = { resolve, watch: watchLine() };
      });
    },
    supersede() {
      superseded = true;
      Atomics.add(control, controls.generation, 1);
    },
    close() {
      closed = true;
      abandon('closed');
    },
  };
}

function startWorker(control: Control): Worker {
  // Beside this module in the bundle as in the source.
  const name = import.meta.url.endsWith('.ts') ? './finder-worker.ts' : './finder-worker.js';
  const worker = new Worker(new URL(name, import.meta.url), {
    name: 'finder',
    workerData: control,
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
    // It has nothing to say on the screen, and needs none of the process's flags or secrets.
    stdout: true,
    stderr: true,
    execArgv: [],
    env: {},
  });
  worker.unref();
  return worker;
}
