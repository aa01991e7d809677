import { isUtf8 } from '../stack/locale.ts';
import { type Progress, type ProgressOptions, type Row, seconds, type Tone } from './progress-plain.ts';

const nameWidth = 8;

/** Ended steps stay as lines; the running one, and what it waits for, is drawn over and over below them. */
export function liveProgress({ output, env, color, now = () => performance.now() }: ProgressOptions): Progress {
  const glyphs = isUtf8(env, process.platform) ? unicode : ascii;
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
    const longest = Math.max(...rows.map(({ name }) => name.length));
    // As wide as "unhealthy" at least, so that columns do not jump when a state changes.
    const cell = longest + Math.max(9, ...rows.map(({ state }) => state.length)) + 6;
    const columns = Math.max(1, Math.floor((width() - 2) / cell));
    const cells = rows.map(({ name, state, tone }) => {
      const text = `${name.padEnd(longest)} ${state}`.slice(0, Math.min(cell, width() - 2) - 3);
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
