/** What a filter keeps, and what is wrong with it if it was meant as a regular expression and is none. */
export type Filter = { readonly matches: (text: string) => boolean; readonly problem: string | null };

const everything: Filter = { matches: () => true, problem: null };
const metacharacters = /[\\^$.|?*+()[\]{}]/;

/** What a filter keeps of things; their texts are made only where there is something to match. */
export const keep = <T>(filter: Filter, things: readonly T[], textOf: (thing: T) => string): readonly T[] =>
  filter === everything ? things : things.filter((thing) => filter.matches(textOf(thing)));

/** A filter as typed: part of the text in any case, or a regular expression where it reads like one and is valid. */
export function filterFor(typed: string): Filter {
  if (typed === '') return everything;
  const wanted = typed.toLowerCase();
  const asText = (text: string) => text.toLowerCase().includes(wanted);
  if (!metacharacters.test(typed)) return { matches: asText, problem: null };
  try {
    const pattern = new RegExp(typed, 'i');
    return { matches: (text) => pattern.test(text) || asText(text), problem: null };
  } catch (error) {
    const why = error instanceof Error ? (error.message.split(': ').at(-1) ?? '') : '';
    return { matches: asText, problem: `not a regular expression (${why}): matched as plain text` };
  }
}

/** How well typed letters match a name, all in order but not side by side: higher is better, null is not at all. */
export function fuzzyScore(typed: string, name: string): number | null {
  const letters = name.toLowerCase();
  let score = 0;
  let at = -1;
  for (const character of typed.toLowerCase().replaceAll(' ', '')) {
    const found = letters.indexOf(character, at + 1);
    if (found < 0) return null;
    const startsWord = found === 0 || letters[found - 1] === ' ';
    score += found === at + 1 ? 3 : startsWord ? 2 : 0;
    score -= found * 0.01;
    at = found;
  }
  return score;
}
