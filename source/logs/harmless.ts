import { width } from '../stack/format.ts';
import { type Piece, piecesOf } from './ansi.ts';

// Negated and without a quantifier: those take stack for each character of a long line.
const notPrintable = /[^\x20-\x7e]/;
const notAscii = /[^\x00-\x7f]/;
// Letters, symbols and CJK that are what they look like.
const notPlain =
  /[^\x00-\x7e\xa1-\xac\xae-\u02ff\u0400-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e\u2190-\u27bf\u3041-\u3096\u30a0-\u30ff\u4e00-\u9fff\uac00-\ud7a3]/;

const controls = /[\x00-\x08\x0a-\x1f\x7f]/g;
// C1 controls, what is no character, halves of a surrogate pair: shown as bytes that are no UTF-8 are.
const noText = /[\x80-\x9f\p{Noncharacter_Code_Point}\p{Surrogate}]/gu;
// Shown by nothing, and it turns text around, joins it or hides it. Terminals disagree on how wide a joined emoji is; the
// ones it is made of have a width that all agree on, so joiners, variation selectors and skin tones go as well.
const invisible = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]|\p{Emoji_Modifier}/gu;
// Two of them are a flag, or are not: as letters they are the same everywhere.
const flagLetters = /\p{Regional_Indicator}/gu;
const separators = /[\u2028\u2029]/g;
const jamo = /[\u1100-\u11ff]{2,}/g;
// Stray parts of Hangul and Kirat Rai, signs that span what follows: each terminal has its own idea of how wide they are.
const disputed =
  /[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\u0600-\u0605\u06dd\u0890\u0891\u08e2\u{110bd}\u{110cd}\u{16d63}-\u{16d6a}]/gu;
// Marks take no columns; more of them than a language needs only cost bytes.
const piles = /([\p{Mn}\p{Me}]{4})[\p{Mn}\p{Me}]+/gu;
// Marks that stand beside a letter, where there is none of their kind: shown or not, as a terminal likes.
const misplaced = /(^|[^\p{L}\p{M}]|[\uac00-\ud7a3])([\p{M}\uff9e\uff9f]+)/gu;
const standing = /[\p{Mc}\uff9e\uff9f]/gu;

const tabStop = 8;

/**
 * A text that a terminal shows as it is measured, each character by itself: controls as their pictures (␀ ␍ ␛), tabs filled
 * up to every eighth column, what is no text as �, what is invisible left out. `column`: where it begins, for its tabs.
 * Escape sequences are shown, not taken out: see `piecesOf`.
 */
export function harmless(text: string, column = 0): string {
  if (!notPrintable.test(text)) return text;
  let shown = text.replace(controls, picture);
  if (notAscii.test(shown) && notPlain.test(shown)) {
    shown = shown
      .replace(noText, '\ufffd')
      .replace(invisible, '')
      .replace(flagLetters, letter)
      .replace(separators, ' ')
      .replace(jamo, (parts) => parts.normalize('NFC'))
      .replace(disputed, '\ufffd')
      .replace(piles, '$1')
      .replace(misplaced, (_, base: string, marks: string) => base + marks.replace(standing, '\ufffd'));
  }
  return shown.includes('\t') ? withoutTabs(shown, column) : shown;
}

function picture(control: string): string {
  return control === '\x7f' ? '␡' : String.fromCharCode(0x2400 + control.charCodeAt(0));
}

const letter = (indicator: string): string => String.fromCharCode((indicator.codePointAt(0) ?? 0) - 0x1f1e6 + 0x41);

function withoutTabs(text: string, column: number): string {
  const parts = text.split('\t');
  const last = parts.pop() ?? '';
  let at = column;
  let shown = '';
  for (const part of parts) {
    at += width(part);
    const blank = tabStop - (at % tabStop);
    at += blank;
    shown += part + ' '.repeat(blank);
  }
  return shown + last;
}

/**
 * A line as it may be put on screen: pieces without escape sequences, harmless, tabs counted from the line's beginning. At
 * most `most` code units of its text are looked at. `\r` at its end is left out.
 */
export function harmlessPieces(line: string, keepColours: boolean, most = 4096): readonly Piece[] {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  const shown: Piece[] = [];
  let column = 0;
  for (const piece of piecesOf(text, keepColours, most)) {
    const harmlessText = harmless(piece.text, column);
    column += width(harmlessText);
    if (harmlessText !== '') shown.push({ text: harmlessText, sgr: piece.sgr });
  }
  return shown;
}
