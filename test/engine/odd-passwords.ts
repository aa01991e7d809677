/** Passwords that a shell, a compose file or an env file would take for something else. */
export const odd = [
  'a$b',
  'a #b',
  '#a',
  'with "both" words',
  "it's",
  ' spaces ',
  'a\\b',
  'a\\nb',
  'a=b',
  '`c`',
  '$X $(Y)',
  'ü\tq',
  'two\nlines',
];
