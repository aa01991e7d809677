import { sgrAfter } from './ansi-style.ts';

/** A stretch of a line in one style: `sgr` are the parameters that set it after a reset (`1;31`), '' for none. */
export type Piece = { readonly text: string; readonly sgr: string };

const [esc, bell, cancel, substitute] = [0x1b, 0x07, 0x18, 0x1a];
const special = /[\x1b\x90\x98\x9b-\x9f]/;
const nextSpecial = new RegExp(special, 'g');

/**
 * A line without its escape sequences, whole or broken off: CSI, OSC (titles, links), DCS, SOS, PM, APC, also as 8-bit
 * controls, and two-character escapes. With `keep`, colours, bold, faint, italic, underline and inverse are told per piece,
 * nothing that blinks or hides. No piece is empty. Takes time in proportion to the text; stops after `most` code units of text.
 * Other control characters stay: see harmless.ts.
 */
export function piecesOf(text: string, keep: boolean, most = Number.POSITIVE_INFINITY): readonly Piece[] {
  if (!special.test(text)) return text === '' || most <= 0 ? [] : [{ text: text.slice(0, most), sgr: '' }];
  const pieces: Piece[] = [];
  let sgr = '';
  let said = '';
  let room = most;
  for (let at = 0; at < text.length && room > 0; ) {
    nextSpecial.lastIndex = at;
    const start = nextSpecial.exec(text)?.index ?? text.length;
    said += text.slice(at, Math.min(start, at + room));
    room -= start - at;
    if (start === text.length) break;
    at = sequenceEnd(text, start);
    if (!keep || text[at - 1] !== 'm') continue;
    const next = sgrAfter(sgr, text.slice(start, at));
    if (next === sgr) continue;
    if (said !== '') pieces.push({ text: said, sgr });
    said = '';
    sgr = next;
  }
  if (said !== '') pieces.push({ text: said, sgr });
  return pieces;
}

/** A line's text alone, without escape sequences. */
export function stripped(text: string): string {
  if (!special.test(text)) return text;
  return piecesOf(text, false)
    .map((piece) => piece.text)
    .join('');
}

/** Past the sequence at `from`. One that is broken off ends before what can't belong to it. */
function sequenceEnd(text: string, from: number): number {
  let code = text.charCodeAt(from);
  let at = from + 1;
  if (code === esc) {
    code = text.charCodeAt(at);
    if (!(code >= 0x20 && code <= 0x7e)) return at;
    at += 1;
    if (code < 0x30) {
      while (within(text, at, 0x20, 0x2f)) at += 1;
      return within(text, at, 0x30, 0x7e) ? at + 1 : at;
    }
    code += 0x40; // ESC [ is the same as 0x9b, and so on
  }
  if (code === 0x9b) {
    while (within(text, at, 0x30, 0x3f)) at += 1;
    while (within(text, at, 0x20, 0x2f)) at += 1;
    return within(text, at, 0x40, 0x7e) ? at + 1 : at;
  }
  // OSC, DCS, SOS, PM, APC carry a text, up to BEL (OSC only) or ST. A terminal swallows it whole, so do we.
  return code === 0x9d || code === 0x90 || code === 0x98 || code === 0x9e || code === 0x9f
    ? stringEnd(text, at, code === 0x9d)
    : at;
}

function stringEnd(text: string, from: number, withBell: boolean): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x9c || code === cancel || code === substitute || (withBell && code === bell)) return at + 1;
    if (code === esc) return text.charCodeAt(at + 1) === 0x5c ? at + 2 : at;
  }
  return text.length;
}

function within(text: string, at: number, low: number, high: number): boolean {
  const code = text.charCodeAt(at);
  return code >= low && code <= high;
}
