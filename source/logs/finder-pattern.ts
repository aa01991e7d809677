import type { Expression } from './finder-jobs.ts';

/** What is upper case without meaning a letter: `\S`, `\x4A`, `\cJ`, names of groups. */
const notLetters = /\\(?:x[\da-f]{2}|u[\da-f]{4}|c[a-z]|k<\w*>|.)|\(\?<\w+>/gis;

/**
 * What is typed, as an expression, or why it is none. All in lower case, it matches any case. Without the flags `u` and `v`:
 * with them `\-`, `\"` and a bare `{`, as in `{"level"`, are errors, and what is typed into a log comes from grep and JSON.
 */
export function parsePattern(pattern: string): Expression | { readonly trouble: string } {
  const flags = /\p{Lu}/u.test(pattern.replace(notLetters, '')) ? '' : 'i';
  try {
    new RegExp(pattern, flags);
    return { source: pattern, flags };
  } catch (error) {
    // "Invalid regular expression: /(/i: Unterminated group"
    const why = /: ([^:]+)$/.exec(error instanceof Error ? error.message : '')?.[1] ?? 'it cannot be read';
    return { trouble: `not a regular expression (${why.charAt(0).toLowerCase()}${why.slice(1)})` };
  }
}
