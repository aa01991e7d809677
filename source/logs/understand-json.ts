/** What stands at the top level of a line that is a JSON object, without parsing what is inside. */

/** Gets each pair in turn: its key as written (without quotes), and where its value stands. True: that was enough. */
type Visit = (key: string, from: number, to: number) => boolean;

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [brace, braceEnd, bracket, bracketEnd] = [0x7b, 0x7d, 0x5b, 0x5d];
const isSpace = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;

/**
 * Visits the pairs of an object in their order. Returns whether the text is one object from end to end, or a visit was
 * satisfied. What is nested is only skipped over: brackets are counted, nothing more. Takes time in proportion to the text.
 */
export function eachPair(text: string, visit: Visit): boolean {
  let at = space(text, 0);
  if (text.charCodeAt(at) !== brace) return false;
  at = space(text, at + 1);
  if (text.charCodeAt(at) === braceEnd) return space(text, at + 1) === text.length;
  for (;;) {
    if (text.charCodeAt(at) !== quote) return false;
    const keyEnd = stringEnd(text, at);
    if (keyEnd === -1) return false;
    const key = text.slice(at + 1, keyEnd - 1);
    at = space(text, keyEnd);
    if (text.charCodeAt(at) !== colon) return false;
    const from = space(text, at + 1);
    const to = valueEnd(text, from);
    if (to <= from) return false;
    if (visit(key, from, to)) return true;
    at = space(text, to);
    const next = text.charCodeAt(at);
    if (next === braceEnd) return space(text, at + 1) === text.length;
    if (next !== comma) return false;
    at = space(text, at + 1);
  }
}

function space(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** Past the closing quote of the string that opens at `from`; -1 when it doesn't close. */
function stringEnd(text: string, from: number): number {
  let close = from;
  for (;;) {
    close = text.indexOf('"', close + 1);
    if (close === -1) return -1;
    let before = close - 1;
    while (text.charCodeAt(before) === backslash) before -= 1;
    if ((close - before) % 2 === 1) return close + 1;
  }
}

/** Past the value at `from`; -1 when it doesn't end. */
function valueEnd(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === quote) return stringEnd(text, from);
  if (first === brace || first === bracket) return nestedEnd(text, from);
  let at = from;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === comma || code === braceEnd || isSpace(code)) break;
    if (code === quote || code === brace || code === bracket) return -1;
  }
  return at;
}

function nestedEnd(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = stringEnd(text, at);
      if (at === -1) return -1;
      continue;
    }
    at += 1;
    if (code === brace || code === bracket) depth += 1;
    else if (code === braceEnd || code === bracketEnd) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}

/** The text of a value: a string without its quotes and escapes, anything else as it was written. */
export function valueText(text: string, from: number, to: number): string {
  const raw = text.slice(from, to);
  if (raw.charCodeAt(0) !== quote) return raw;
  if (!raw.includes('\\')) return raw.slice(1, -1);
  try {
    return String(JSON.parse(raw));
  } catch {
    return raw.slice(1, -1);
  }
}
