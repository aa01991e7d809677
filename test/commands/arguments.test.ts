import { expect, test } from 'vitest';
import { helpText, parseArguments } from '../../source/commands/arguments.ts';
import { commands, defaultFlags } from '../../source/commands/flags.ts';

const parse = (...argv: string[]) => parseArguments(argv, () => '1.2.3');

test('nothing said means the screen with the flags that a bare start assumes', () => {
  expect(parse()).toEqual({ command: null, words: [], flags: defaultFlags });
});

test('flags may stand before and after the command, and take a value either way', () => {
  const flags = { ...defaultFlags, project: 'shop', json: true, interval: 2_000 };
  expect(parse('--project', 'shop', 'status', '--json', '--interval=2000')).toEqual({
    command: 'status',
    words: [],
    flags,
  });
});

test('seconds of the command line are milliseconds inside', () => {
  expect(parse('status', '--wait', '--timeout', '5')).toMatchObject({ flags: { wait: true, timeout: 5_000 } });
});

test('a time longer than a timer can wait is the longest that it can', () => {
  expect(parse('status', '--timeout', '99999999')).toMatchObject({ flags: { timeout: 2 ** 31 - 1 } });
});

test('what is on by default is denied by its own word', () => {
  expect(parse('--no-color', '--no-heal')).toMatchObject({ flags: { color: false, heal: false } });
});

test('a profile is a word of up', () => {
  expect(parse('up', 'minimal')).toMatchObject({ command: 'up', words: ['minimal'] });
});

test('help and version are texts, wherever they stand', () => {
  expect(parse('status', '--version')).toEqual({ text: '1.2.3' });
  expect(parse('--help')).toEqual({ text: helpText() });
  for (const name of Object.keys(commands)) expect(helpText()).toContain(`paws-top ${name}`);
});

test.each([
  [['statsu'], /unknown command "statsu"; there are up, down, profile, status/],
  [['constructor'], /unknown command "constructor"/],
  [['--jsno'], /unknown flag --jsno; allowed here: .*--project/],
  [['up', '--json'], /unknown flag --json; allowed here: .*--install/],
  [['-x'], /unknown flag -x/],
  [['up', 'full', 'now'], /"now" is too much; paws-top up takes \[PROFILE\] only/],
  [['status', 'redis'], /"redis" is too much; paws-top status takes no words/],
  [['--interval', '0'], /--interval takes milliseconds, 100 or more/],
  [['--interval', 'soon'], /--interval takes milliseconds, 100 or more/],
  [['status', '--timeout', '-1'], /--timeout takes seconds, more than 0/],
  [['--project'], /--project needs a value/],
  [['--project', '--json'], /--(json|project)/],
])('%j is refused in one line that says what is allowed', (argv, message) => {
  let said = '';
  try {
    parse(...argv);
  } catch (error) {
    expect(error).toMatchObject({ kind: 'usage' });
    said = (error as Error).message;
  }
  expect(said).toMatch(message);
  expect(said).not.toContain('\n');
});
