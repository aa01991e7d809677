import { levelOf } from './levels.ts';
import type { Moment } from './types.ts';

/** A line that comes later than this after the one before it begins an entry, whatever it looks like. */
const longestGap = 1000;
const mostLines = 10_000;
/** Bytes looked at for what a line is. */
const looked = 160;

const [tab, space, digit0, digit9] = [0x09, 0x20, 0x30, 0x39];
const colon = 0x3a;

/** What may follow without being indented. */
type Mode = 'any' | 'frames' | 'traced' | 'go';

/**
 * Tells lines that begin an entry from those that belong to the one before: indented lines, traces of Python, Java, Node and
 * Go, DETAIL and its like of Postgres. Returns `at` itself for the former, else the moment that began the entry. One tracker
 * serves one stream (stdout or stderr of one container).
 */
export function entryTracker(): (text: Uint8Array, at: Moment) => Moment {
  const head = new Uint8Array(looked);
  let headLength = 0;
  let entry: Moment | null = null;
  let lastMs = 0;
  let lines = 0;
  let mode: Mode = 'any';

  const begins = (text: Uint8Array, at: Moment): Moment => {
    headLength = Math.min(text.length, looked);
    for (let index = 0; index < headLength; index += 1) head[index] = text[index] ?? 0;
    entry = at;
    lines = 1;
    mode = startsWith(text, 'Traceback (') ? 'frames' : isGoPanic(text) ? 'go' : 'any';
    return at;
  };
  const grave = (): boolean => {
    const level = levelOf(Buffer.from(head.buffer, 0, headLength).toString('latin1'));
    return level === 'warning' || level === 'error' || level === 'fatal';
  };
  const continues = (text: Uint8Array): boolean => {
    const first = text[0];
    if (first === undefined || first === tab || first === space || first === 0x0d) return true;
    if (first >= digit0 && first <= digit9) return isDetail(text);
    switch (first) {
      case 0x29: // )
      case 0x5d: // ]
      case 0x7d: // }
        return true;
      case 0x7b: // {
        return false;
    }
    if (mode === 'frames' && isRaised(text)) {
      mode = 'traced';
      return true;
    }
    if (startsWith(text, 'Traceback (')) {
      if (mode !== 'traced' && !grave()) return false;
      mode = 'frames';
      return true;
    }
    if (mode === 'traced' && (startsWith(text, 'During handling of') || startsWith(text, 'The above exception')))
      return true;
    if (mode === 'go' && isGoTrace(text)) return true;
    if (startsWith(text, 'Caused by:') || startsWith(text, 'LINE ')) return true;
    return isDetail(text) || (isThrown(text) && grave());
  };

  return (text, at) => {
    const near = entry !== null && Math.abs(at.ms - lastMs) <= longestGap && lines < mostLines;
    lastMs = at.ms;
    if (entry === null || !near || !continues(text)) return begins(text, at);
    lines += 1;
    return entry;
  };
}

function startsWith(text: Uint8Array, word: string): boolean {
  for (let index = 0; index < word.length; index += 1) if (text[index] !== word.charCodeAt(index)) return false;
  return true;
}

const isLetter = (byte: number): boolean => (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
const isNamePart = (byte: number): boolean =>
  isLetter(byte) || (byte >= digit0 && byte <= digit9) || byte === 0x2e || byte === 0x5f || byte === 0x24;

/** Where the dotted name at the beginning ends; 0 when there is none. */
function nameEnd(text: Uint8Array): number {
  const first = text[0] ?? 0;
  if (!isLetter(first) && first !== 0x5f) return 0;
  let end = 1;
  const most = Math.min(text.length, looked);
  while (end < most && isNamePart(text[end] ?? 0)) end += 1;
  return end;
}

/** `ValueError: …` or `KeyboardInterrupt`, a trace's last line. */
function isRaised(text: Uint8Array): boolean {
  const end = nameEnd(text);
  return end > 0 && (end === text.length || text[end] === colon);
}

/** `java.lang.IllegalStateException: …`, `TypeError: …`: what was thrown, below the line that tells of it. */
function isThrown(text: Uint8Array): boolean {
  const end = nameEnd(text);
  if (end < 6 || (end < text.length && text[end] !== colon)) return false;
  return endsWith(text, end, 'Exception') || endsWith(text, end, 'Error');
}

function endsWith(text: Uint8Array, end: number, word: string): boolean {
  const from = end - word.length;
  if (from < 0) return false;
  for (let index = 0; index < word.length; index += 1) if (text[from + index] !== word.charCodeAt(index)) return false;
  return true;
}

const isGoPanic = (text: Uint8Array): boolean => startsWith(text, 'panic: ') || startsWith(text, 'fatal error: ');
const isGoTrace = (text: Uint8Array): boolean =>
  text[text.length - 1] === 0x29 ||
  startsWith(text, 'goroutine ') ||
  startsWith(text, 'created by ') ||
  startsWith(text, '[signal ') ||
  startsWith(text, 'panic: ');

const details = ['DETAIL', 'HINT', 'QUERY', 'CONTEXT', 'LOCATION', 'STATEMENT', 'BACKTRACE'];

/**
 * Whether it is a line of Postgres that goes with the message before it. These carry log_line_prefix too, which may be
 * anything, but after the word there are always a colon and two spaces:
 * https://www.postgresql.org/docs/15/runtime-config-logging.html, error_severity in elog.c.
 */
function isDetail(text: Uint8Array): boolean {
  const most = Math.min(text.length, looked) - 2;
  for (let at = 4; at < most; at += 1) {
    if (text[at] !== colon || text[at + 1] !== space || text[at + 2] !== space) continue;
    for (const word of details) {
      if (!endsWith(text, at, word)) continue;
      const before = at - word.length - 1;
      return before < 0 || !isLetter(text[before] ?? 0);
    }
    return false;
  }
  return false;
}
