import { stripped } from '../logs/ansi.ts';
import { stampText } from '../logs/archive-format.ts';
import { harmlessPieces } from '../logs/harmless.ts';
import { jsonLine } from '../logs/json-line.ts';
import type { Waiting } from '../logs/merge.ts';
import { hueOf, serviceHues } from '../logs/service-hues.ts';
import type { Level } from '../logs/types.ts';
import { understand } from '../logs/understand.ts';
import { width } from '../stack/format.ts';
import type { Sources } from './logs-choice.ts';
import { textOf } from './logs-select.ts';

/** Turns lines into what is printed; the result is the caller's. */
export type Format = (lines: readonly Waiting[]) => Buffer;

export type TextFormatOptions = {
  readonly sources: Sources;
  /** Colours of our own; and those of the lines are kept where a person looks. */
  readonly color: boolean;
  /** A person looks: what would do something to the terminal is made harmless. Else bytes stay as they were. */
  readonly terminal: boolean;
  /** Escape sequences are taken out, wherever it goes. */
  readonly strip: boolean;
  readonly timestamps: boolean;
};

/** `service | text`, names padded to the longest. */
export function textFormat(options: TextFormatOptions): Format {
  const { sources, color, terminal, strip, timestamps } = options;
  const names = namesOf(sources, color);
  const asBytes = !terminal && !strip && !color;

  function painted(line: Waiting): string {
    const level = color ? line.level : null;
    const mark = paint('|', markOf(level), color);
    const stamp = timestamps ? `${paint(stampText(line.at), '2', color)} ` : '';
    const text = line.kind === 'note' ? `-- ${textOf(line)}` : textOf(line);
    const said = terminal ? pieces(text, line.kind === 'note' ? '2' : wordsOf(level)) : strip ? stripped(text) : text;
    return `${names(line.source)} ${mark} ${stamp}${said}${cutNote(line.cut)}\n`;
  }

  function pieces(text: string, style: string): string {
    return harmlessPieces(text, color, text.length)
      .map((piece) => paint(piece.text, piece.sgr === '' ? style : piece.sgr, color))
      .join('');
  }

  if (!asBytes) return (lines) => Buffer.from(lines.map(painted).join(''));
  return (lines) => {
    // Names may hold more bytes than letters.
    let length = 0;
    for (const { source, start, end } of lines) length += end - start + 3 * names(source).length + fixedBytes;
    const bytes = Buffer.allocUnsafe(length);
    let at = 0;
    let named = -2;
    let name = '';
    for (const line of lines) {
      if (line.source !== named) {
        named = line.source;
        name = `${names(named)} | `;
      }
      at += bytes.write(timestamps ? `${name}${stampText(line.at)} ` : name, at);
      if (line.kind === 'note') at += bytes.write('-- ', at);
      at += line.chunk.copy(bytes, at, line.start, line.end);
      if (line.cut > 0) at += bytes.write(cutNote(line.cut), at);
      bytes[at++] = 10;
    }
    return bytes.subarray(0, at);
  };
}

/** Stamp, marks, what is said of a line that was cut. */
const fixedBytes = 100;

const cutNote = (cut: number): string => (cut === 0 ? '' : ` … ${cut} bytes left out`);

/** One object a line, as in a file that the screen saves; with what was understood of it. */
export function jsonFormat(sources: Sources): Format {
  return (lines) =>
    Buffer.from(
      lines
        .map((line) => {
          const text = textOf(line);
          const { message, fields } = understand(text);
          const { at, kind, cut } = line;
          const object = jsonLine({ at, kind, cut, text, level: line.level }, sources.get(line.source));
          return `${JSON.stringify({ ...object, message, fields: Object.fromEntries(fields) })}\n`;
        })
        .join(''),
    );
}

function namesOf(sources: Sources, color: boolean): (source: number) => string {
  const names = new Map<number, string>();
  let counted = 0;
  let columns = 0;
  return (source) => {
    if (sources.all.length !== counted) {
      counted = sources.all.length;
      columns = Math.max(...sources.all.map(({ service }) => width(service)));
      names.clear();
    }
    const known = names.get(source);
    if (known !== undefined) return known;
    const name = sources.get(source)?.service ?? '';
    const padded = name + ' '.repeat(Math.max(0, columns - width(name)));
    const shown = paint(padded, serviceHues[hueOf(name)], color);
    names.set(source, shown);
    return shown;
  };
}

function markOf(level: Level | null): string {
  if (level === 'error' || level === 'fatal') return '1;31';
  return level === 'warning' ? '1;33' : '2';
}

/** Yellow can't be read on white: a warning's words are bold. */
function wordsOf(level: Level | null): string {
  if (level === 'error' || level === 'fatal') return '31';
  if (level === 'warning') return '1';
  return level === 'debug' ? '2' : '';
}

function paint(text: string, codes: string, color: boolean): string {
  return color && codes !== '' && text !== '' ? `\x1b[${codes}m${text}\x1b[0m` : text;
}
