import { type Piece, piecesOf } from '../../logs/ansi.ts';
import { harmless, harmlessPieces } from '../../logs/harmless.ts';
import type { LogBuffer } from '../../logs/types.ts';
import { understand } from '../../logs/understand.ts';
import type { LogLook } from '../log-types.ts';
import type { Run, ShownText } from './log-rows.ts';

/** Shorter lines are looked at whole: understanding needs their end too. */
const whole = 16_384;
const brace = 0x7b;
/** What PostgreSQL and Redis put before every line, the same all day: who wants it reads them raw. */
const ofEveryLine = new Set(['pid', 'role']);

/**
 * What shows of a line within so many columns: its message, then its fields, or as it was written. Of a long line only the
 * beginning is decoded, so that it costs what shows of it.
 */
export function shownText(buffer: LogBuffer, slot: number, look: LogLook, columns: number): ShownText {
  const bytes = buffer.bytes(slot);
  // A character may take four bytes, and escape codes some more that nobody sees.
  const enough = columns * 4 + 1024;
  const asObject = !look.raw && bytes[0] === brace && bytes.length <= whole;
  let end = asObject || bytes.length <= enough ? bytes.length : enough;
  // Never within a character.
  while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  const beyond = bytes.length - end + buffer.cut(slot);
  const line = bytes.toString('utf8', 0, end);

  const most = columns * 2 + 64;
  if (look.raw) return { ...joined(piecesFor(line, look.ansi, most)), beyond };
  const { message, format, fields: all } = understand(line);
  const fields = format === 'json' ? all : all.filter(([name]) => !ofEveryLine.has(name));
  const shown = joined(piecesFor(message, look.ansi, most));
  if (fields.length === 0) return { ...shown, beyond };
  let { text } = shown;
  const from = text.length;
  for (const [name, value] of fields) {
    if (text.length > most) break;
    const before = text === '' ? '' : text.length === from ? '  ' : ' ';
    text += `${before}${harmless(name)}=${fieldText(value, most)}`;
  }
  return { text, runs: [...shown.runs, { from, to: text.length, style: 'faint' }], beyond };
}

function fieldText(value: string, most: number): string {
  const text = harmless(value.length > most ? value.slice(0, most) : value);
  // What is nested has brackets that hold it together.
  return text === '' || (text.includes(' ') && !/^[[{]/.test(text)) ? `"${text}"` : text;
}

/** Columns need to be counted only where there is a tab to fill. */
function piecesFor(line: string, keepColours: boolean, most: number): readonly Piece[] {
  if (line.includes('\t')) return harmlessPieces(line, keepColours, most);
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  return piecesOf(text, keepColours, most).map((piece) => ({ text: harmless(piece.text), sgr: piece.sgr }));
}

function joined(pieces: readonly Piece[]): Omit<ShownText, 'beyond'> {
  const first = pieces[0];
  if (pieces.length === 1 && first?.sgr === '') return { text: first.text, runs: [] };
  const runs: Run[] = [];
  let text = '';
  for (const piece of pieces) {
    const from = text.length;
    text += piece.text;
    if (piece.sgr !== '') runs.push({ from, to: text.length, style: { codes: piece.sgr } });
  }
  return { text, runs };
}
