/** How a stretch of text looks, as far as we keep it. Colours are SGR parameters: `31`, `48;5;208`; '' is the terminal's own. */
type Style = {
  readonly foreground: string;
  readonly background: string;
  /** Of 1 bold, 2 faint, 3 italic, 4 underline, 7 inverse, those that are on. */
  readonly on: readonly number[];
};

const unstyled: Style = { foreground: '', background: '', on: [] };

const kept = new Set([1, 2, 3, 4, 7]);
const offs = new Map([
  [22, [1, 2]],
  [23, [3]],
  [24, [4]],
  [27, [7]],
]);
const selects = /^(?:\x1b\[|\x9b)([\d;:]*)m$/;
/** Nobody sets more at once. */
const longest = 128;
const known = new Map<string, string>();

/**
 * What sets the style that holds after a sequence, where `sgr` set the one before: SGR parameters after a reset, in an order
 * of our own, '' for none. The same when the sequence isn't SGR, or a longer one than makes sense.
 */
export function sgrAfter(sgr: string, sequence: string): string {
  if (sequence.length > longest) return sgr;
  const transition = sgr + sequence;
  let after = known.get(transition);
  if (after === undefined) {
    const parameters = selects.exec(sequence)?.[1];
    after = parameters === undefined ? sgr : written(styled(styled(unstyled, sgr), parameters));
    if (known.size > 1000) known.clear();
    known.set(transition, after);
  }
  return after;
}

const written = (style: Style): string =>
  [...style.on, style.foreground, style.background].filter((part) => part !== '').join(';');

function styled(style: Style, parameters: string): Style {
  let next = style;
  const parts = parameters.split(';');
  while (parts.length > 0) next = step(next, parts);
  return next;
}

/** Takes one attribute off `parts`, and what belongs to it. */
function step(style: Style, parts: string[]): Style {
  const [first = '', ...sub] = (parts.shift() ?? '').split(':');
  const code = Number(first);
  if (code === 0) return unstyled;
  if (code === 38 || code === 48 || code === 58) {
    const colour = sub.length > 0 ? extended(sub, true) : extended(parts, false);
    if (colour === null || code === 58) return style;
    return code === 38 ? { ...style, foreground: `38;${colour}` } : { ...style, background: `48;${colour}` };
  }
  if (code === 4 && sub[0] === '0') return without(style, [4]);
  if (code === 21) return withOn(style, 4);
  if (kept.has(code)) return withOn(style, code);
  const off = offs.get(code);
  if (off !== undefined) return without(style, off);
  if (code === 39) return { ...style, foreground: '' };
  if (code === 49) return { ...style, background: '' };
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) return { ...style, foreground: String(code) };
  if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) return { ...style, background: String(code) };
  return style;
}

const withOn = (style: Style, code: number): Style =>
  style.on.includes(code) ? style : { ...style, on: [...style.on, code].sort((a, b) => a - b) };
const without = (style: Style, codes: readonly number[]): Style => ({
  ...style,
  on: style.on.filter((code) => !codes.includes(code)),
});

/** `5;208` or `2;255;128;0` off the front of `parts`; null when it is none. With colons a colour space may stand before the three. */
function extended(parts: string[], colons: boolean): string | null {
  const how = parts.shift();
  const count = how === '5' ? 1 : how === '2' ? 3 : 0;
  if (colons && count === 3 && parts.length > 3) parts.shift();
  const values = parts.splice(0, count).map((part) => (part === '' ? 0 : Number(part)));
  return values.length === count && count > 0 && values.every((value) => value <= 255)
    ? [how, ...values].join(';')
    : null;
}
