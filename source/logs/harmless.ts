import { width } from '../stack/format.ts';
import { type Piece, piecesOf } from './ansi.ts';

const harmlessAlready = /^[\x20-\x7e]*$/;
const tabStop = 8;
const controls = /[\x00-\x08\x0a-\x1f\x7f]/g;
// C1 controls, what is no character, halves of a surrogate pair: as for bytes that are no UTF-8.
const noText = /[\x80-\x9f\p{Noncharacter_Code_Point}\p{Surrogate}]/gu;
// Shown by nothing, and it turns text around, joins it or hides it. Terminals disagree on how wide a joined emoji is; the
// ones it is made of have a width that all agree on, so joiners, variation selectors and skin tones go as well.
const invisible = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]|\p{Emoji_Modifier}/gu;
const separators = /[\u2028\u2029]/g;
// Marks pile up without taking columns; more than a language needs only cost bytes.
const piles = /([\p{Mn}\p{Me}]{4})[\p{Mn}\p{Me}]+/gu;

/**
 * A text that a terminal shows as it is measured: controls as their pictures (␀ ␍ ␛), tabs filled to every eighth column,
 * what is no text as �, what is invisible left out. `column`: where it begins, for its tabs. Escape sequences are shown, not
 * taken out: see `piecesOf`.
 */
export function harmless(text: string, column = 0): string {
  if (harmlessAlready.test(text)) return text;
  const shown = text
    .replace(controls, picture)
    .replace(noText, '\ufffd')
    .replace(invisible, '')
    .replace(separators, ' ')
    .replace(piles, '$1');
  return shown.includes('\t') ? withoutTabs(shown, column) : shown;
}

const picture = (control: string): string =>
  control === '\x7f' ? '␡' : String.fromCharCode(0x2400 + control.charCodeAt(0));

function withoutTabs(text: string, column: number): string {
  let at = column;
  return text
    .split('\t')
    .map((part, index, parts) => {
      if (index === parts.length - 1) return part;
      at += width(part);
      const blank = tabStop - (at % tabStop);
      at += blank;
      return part + ' '.repeat(blank);
    })
    .join('');
}

/**
 * A line as it may be put on screen: pieces without escape sequences, harmless, tabs counted from the line's beginning. At
 * most `most` code units of the line are looked at. `\r` at its end is left out.
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
