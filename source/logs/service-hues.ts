/**
 * What services are told apart by, beside their names, as parameters of SGR: hues that mean nothing, readable on dark and
 * light. In one order everywhere, so that a service looks the same on the screen and in a pipe.
 */
export const serviceHues = {
  cyan: '36',
  magenta: '35',
  blue: '34',
  green: '32',
  'strong-cyan': '1;36',
  'strong-magenta': '1;35',
  'strong-blue': '1;34',
  'strong-green': '1;32',
} as const;
export type ServiceHue = keyof typeof serviceHues;

const hues = Object.keys(serviceHues) as ServiceHue[];

/** The hue of a name, always the same; of names that differ in their last digit, different ones. */
export const hueOf = (name: string): ServiceHue =>
  hues[[...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % hues.length] ?? 'cyan';
