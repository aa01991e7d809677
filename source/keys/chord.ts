/** The part of Ink's key object that tells one chord from another. */
export type KeyFlags = {
  readonly [flag in
    | 'upArrow'
    | 'downArrow'
    | 'leftArrow'
    | 'rightArrow'
    | 'pageDown'
    | 'pageUp'
    | 'home'
    | 'end'
    | 'return'
    | 'escape'
    | 'tab'
    | 'backspace'
    | 'delete'
    | 'ctrl'
    | 'shift'
    | 'meta']: boolean;
};

const named = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageDown', 'pagedown'],
  ['pageUp', 'pageup'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
] as const satisfies readonly (readonly [keyof KeyFlags, string])[];

const controlCharacters: Record<string, string> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
  ' ': 'space',
};

/**
 * Chords of what Ink hands to `useInput`: `j`, `G`, `ctrl+r`, `shift+tab`, `pagedown`. Usually one; several when keys were
 * typed faster than they were read, since Ink gives such a burst as one string. Unknown keys (F1, Alt+x) give none.
 */
export function chordsOf(input: string, key: KeyFlags): readonly string[] {
  const name = named.find(([flag]) => key[flag])?.[1];
  if (name !== undefined) return [name];
  if (key.tab) return [key.shift ? 'shift+tab' : 'tab'];
  if (key.meta || input === '') return [];
  if (key.ctrl) return [`ctrl+${input}`];
  return [...input].map((character) => controlCharacters[character] ?? withControl(character));
}

/** Control characters inside a burst are still bare: ^R is U+0012. */
function withControl(character: string): string {
  const code = character.charCodeAt(0);
  return code >= 1 && code <= 26 ? `ctrl+${String.fromCharCode(code + 96)}` : character;
}

/** The character a chord types where text is entered, or null for a key that is none. */
export function typedBy(chord: string): string | null {
  if (chord === 'space') return ' ';
  return [...chord].length === 1 && !/\p{Control}/u.test(chord) ? chord : null;
}

const shown: Record<string, readonly [unicode: string, ascii: string]> = {
  up: ['↑', 'Up'],
  down: ['↓', 'Down'],
  left: ['←', 'Left'],
  right: ['→', 'Right'],
  pagedown: ['PgDn', 'PgDn'],
  pageup: ['PgUp', 'PgUp'],
  home: ['Home', 'Home'],
  end: ['End', 'End'],
  enter: ['Enter', 'Enter'],
  esc: ['Esc', 'Esc'],
  tab: ['Tab', 'Tab'],
  'shift+tab': ['⇧Tab', 'Shift+Tab'],
  space: ['Space', 'Space'],
  backspace: ['Backspace', 'Backspace'],
  delete: ['Del', 'Del'],
};

/** A chord as it is shown to people: `^R`, `↑`, `⇧Tab`. */
export function showChord(chord: string, ascii = false): string {
  const pair = shown[chord];
  if (pair !== undefined) return pair[ascii ? 1 : 0];
  return chord.startsWith('ctrl+') ? `^${chord.slice(5).toUpperCase()}` : chord;
}
