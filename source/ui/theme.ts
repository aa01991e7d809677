import { type ServiceHue, serviceHues } from '../logs/service-hues.ts';
import { width } from '../stack/format.ts';
import { isUtf8 } from '../stack/locale.ts';

/**
 * Meanings, not colours. Normal is plain, so that what deviates stands out on a dark and on a light background alike:
 * yellow can't be read on white, so a warning's words are `strong` and only its mark is coloured.
 */
export type Style = 'plain' | 'faint' | 'strong' | 'good' | 'warning' | 'bad' | 'picked' | ServiceHue;

/** What the terminal can show: how things look is decided here and nowhere else. */
export type Theme = {
  readonly ascii: boolean;
  readonly paint: Readonly<Record<Style, (text: string) => string>>;
  /** A text in the style that its writer asked for, by parameters of SGR (`1;31`); without colours plain. */
  readonly sgr: (text: string, codes: string) => string;
  /** The last thing done to a line: Unicode as it is, or in ASCII of the same width. */
  readonly encode: (line: string) => string;
};

type Look = { readonly on?: string; readonly off?: string; readonly color?: string };

const looks: Record<Style, Look> = {
  plain: {},
  faint: { on: '2', off: '22' },
  strong: { on: '1', off: '22' },
  good: { color: '32' },
  warning: { on: '1', off: '22', color: '33' },
  bad: { on: '1', off: '22', color: '31' },
  picked: { on: '7', off: '27' },
  ...hueLooks(),
};

function hueLooks(): Record<ServiceHue, Look> {
  const entries = Object.entries(serviceHues).map(([hue, codes]): [string, Look] => {
    const [color = '', strong] = codes.split(';').reverse();
    return [hue, strong === undefined ? { color } : { on: strong, off: '22', color }];
  });
  return Object.fromEntries(entries) as Record<ServiceHue, Look>;
}

/** The theme for these variables: NO_COLOR and FORCE_COLOR=0 drop colours, a locale without UTF-8 all but ASCII. */
export function themeFor(env: Readonly<Record<string, string | undefined>>): Theme {
  const colored = (env.NO_COLOR ?? '') === '' && env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  const ascii = !isUtf8(env, process.platform);
  const paint = Object.fromEntries(
    Object.entries(looks).map(([style, look]) => {
      if (!colored && style in serviceHues) return [style, (text: string) => text];
      const color = colored ? look.color : undefined;
      const on = [look.on, color].filter(Boolean).join(';');
      const off = [look.off, color && '39'].filter(Boolean).join(';');
      return [style, on === '' ? (text: string) => text : (text: string) => `\x1b[${on}m${text}\x1b[${off}m`];
    }),
  ) as Record<Style, (text: string) => string>;
  const sgr = colored ? (text: string, codes: string) => `\x1b[${codes}m${text}\x1b[0m` : (text: string) => text;
  return { ascii, paint, sgr, encode: ascii ? inAscii : (line) => line };
}

const substitutes: Record<string, string> = Object.fromEntries(
  [
    ['╭╮╰╯', '++++'],
    ['─│▏', '-|_'],
    ['▁▂▃▄▅▆▇█', '_.-=+*%#'],
    ['●▲✖★✔', 'o!X*+'],
    ['–−·…', '--.~'],
    ['↑↓→←‹›', '^v><<>'],
  ].flatMap(([from = '', to = '']) => [...from].map((character, index) => [character, to[index] ?? '?'])),
);

function inAscii(line: string): string {
  return line.replace(/[^\x00-\x7f]+/gu, (run) =>
    [...run].map((character) => substitutes[character] ?? '?'.repeat(width(character))).join(''),
  );
}
