/** Where progress goes: a terminal, a file, a test. */
export type Output = {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
};

export type Tone = 'good' | 'busy' | 'bad';
/** One of many things that are awaited together. */
export type Row = { readonly name: string; readonly state: string; readonly tone: Tone };

/** Tells a person how far a long command is. Each step ends when the next one begins. */
export type Progress = {
  step(name: string): void;
  /** What the step is at; replaces what was said before and leaves no trace. */
  detail(text: string): void;
  /** Worth keeping: stays above the steps to come. */
  note(text: string): void;
  /** What the step waits for; without a terminal, one line per change. */
  rows(rows: readonly Row[]): void;
  /** Ends the step, with what came out of it. */
  done(text: string): void;
  /** Ends the step that was left open as failed, and stops drawing. */
  close(outcome: 'done' | 'failed'): void;
};

export type ProgressOptions = {
  readonly output: Output;
  readonly env: NodeJS.ProcessEnv;
  readonly color: boolean;
  readonly now?: () => number;
};

/** One line for whatever changes. */
export function plainProgress({ output, now = () => performance.now() }: ProgressOptions): Progress {
  let step: { name: string; since: number } | null = null;
  let states = new Map<string, string>();
  const line = (text: string) => output.write(`${text}\n`);
  const end = (text: string) => {
    if (step !== null && text !== '') line(`${step.name}: ${text} (${seconds(now() - step.since)})`);
    step = null;
    states = new Map();
  };
  return {
    step: (name) => {
      end('');
      step = { name, since: now() };
    },
    detail: () => {},
    note: (text) => line(step === null ? text : `${step.name}: ${text}`),
    rows: (rows) => {
      for (const { name, state } of rows) if (states.get(name) !== state) line(`${name}: ${state}`);
      states = new Map(rows.map(({ name, state }) => [name, state]));
    },
    done: end,
    close: (outcome) => end(outcome === 'failed' ? 'failed' : ''),
  };
}

export function seconds(ms: number): string {
  return ms < 60_000
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
