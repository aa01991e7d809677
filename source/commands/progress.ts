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

/** In place on a terminal; plain lines in CI, in a pipe and on terminals that cannot move the cursor. */
export function createProgress(options: ProgressOptions): Progress {
  const { output, env } = options;
  const inPlace = output.isTTY === true && !env.CI && env.TERM !== 'dumb';
  return inPlace ? liveProgress(options) : plainProgress(options);
}

function plainProgress({ output, now = () => performance.now() }: ProgressOptions): Progress {
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

const nameWidth = 8;

function liveProgress({ output, env, color, now = () => performance.now() }: ProgressOptions): Progress {
  const glyphs = /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '') ? unicode : ascii;
  const paint = (tone: Tone | 'dim', text: string) =>
    color && !env.NO_COLOR ? `\x1b[${codes[tone]}m${text}\x1b[0m` : text;
  let step: { name: string; since: number; detail: string; rows: readonly Row[] } | null = null;
  let drawn = 0;
  let ticks = 0;
  const width = () => Math.max(20, (output.columns ?? 80) - 1);
  const timer = setInterval(() => draw([]), 120);
  timer.unref();

  const stepLine = (mark: string, name: string, text: string, tookMs: number) => {
    const time = seconds(tookMs);
    const room = width() - nameWidth - 3 - time.length - 1;
    return `${mark} ${name.padEnd(nameWidth)} ${truncate(text, room).padEnd(room)} ${paint('dim', time)}`;
  };
  const grid = (rows: readonly Row[]) => {
    const cell = Math.max(...rows.map(({ name, state }) => name.length + state.length + 6), 1);
    const columns = Math.max(1, Math.floor((width() - 2) / cell));
    const longest = Math.max(...rows.map(({ name }) => name.length));
    const cells = rows.map(({ name, state, tone }) => {
      const text = truncate(`${name.padEnd(longest)} ${state}`, Math.min(cell, width() - 2) - 3);
      return `${paint(tone, glyphs[tone])} ${text.padEnd(cell - 2)}`;
    });
    const lines = Math.ceil(cells.length / columns);
    return Array.from({ length: lines }, (_, row) =>
      `  ${cells.filter((_cell, index) => index % lines === row).join('')}`.trimEnd(),
    );
  };
  /** One write per frame: back over what is drawn, what is to stay, then what moves. */
  const draw = (staying: readonly string[]) => {
    ticks += 1;
    const frame = glyphs.spinner[ticks % glyphs.spinner.length] ?? '';
    const moving =
      step === null
        ? []
        : [stepLine(paint('busy', frame), step.name, step.detail, now() - step.since), ...grid(step.rows)];
    const back = drawn === 0 ? '' : `\x1b[${drawn}A`;
    if (drawn + staying.length + moving.length === 0) return;
    output.write(`${back}\r\x1b[J${[...staying, ...moving].map((text) => `${text}\n`).join('')}`);
    drawn = moving.length;
  };
  const end = (tone: 'good' | 'bad', text: string) => {
    if (step === null) return;
    const { name, since, rows } = step;
    step = null;
    const kept = tone === 'bad' ? grid(rows) : [];
    draw([stepLine(paint(tone, glyphs[tone]), name, text, now() - since), ...kept]);
  };
  return {
    step: (name) => {
      end('good', step?.detail ?? '');
      step = { name, since: now(), detail: '', rows: [] };
      draw([]);
    },
    detail: (text) => {
      if (step !== null) step = { ...step, detail: text };
    },
    note: (text) => draw(text.split('\n').map((line) => paint('dim', `  ${line}`))),
    rows: (rows) => {
      if (step !== null) step = { ...step, rows };
    },
    done: (text) => end('good', text),
    close: (outcome) => {
      clearInterval(timer);
      end(outcome === 'failed' ? 'bad' : 'good', step?.detail ?? '');
    },
  };
}

const codes = { good: '32', busy: '33', bad: '31', dim: '2' } as const;
const unicode = { good: '✓', busy: '·', bad: '✗', spinner: [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'] };
const ascii = { good: '+', busy: '.', bad: 'x', spinner: [...'|/-\\'] };

/** Cut to a number of characters; what is shown here is one column a character. */
function truncate(text: string, room: number): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= room ? line : line.slice(0, Math.max(0, room));
}

export function seconds(ms: number): string {
  return ms < 60_000
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
