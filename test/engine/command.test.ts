import { expect, test } from 'vitest';
import { commandsOf, option } from '../../source/engine/command.ts';

const programs = (argv: string[], env = {}) => commandsOf(argv, env).map(({ program }) => program);

test('inits, users and entrypoints are seen through', () => {
  expect(
    programs(['/sbin/tini', '-g', '--', 'gosu', 'redis', 'env', 'A=1', 'nice', '-n', '5', 'redis-server']),
  ).toEqual(['redis-server']);
  expect(programs(['docker-entrypoint.sh', 'redis-server', '/r.conf'])).toEqual([
    'docker-entrypoint.sh',
    'redis-server',
  ]);
});

test('a shell line is split into its commands, comments and keywords left out', () => {
  const script = '# start\nif true; then echo "a; b" && X=1 exec redis-server --port 1; fi';
  expect(commandsOf(['sh', '-ec', script], {}).map(({ program, args }) => [program, ...args])).toEqual([
    ['true'],
    ['echo', 'a; b'],
    ['redis-server', '--port', '1'],
  ]);
});

test('variables are filled in from the environment, single quotes keep them', () => {
  const env = { PW: 'a b', PORT: '7000' };
  const script = `redis-server --requirepass "$PW" --port \${PORT:-6379} --dir \${DIR:-/data} '$PW' $UNKNOWN`;
  expect(commandsOf(['bash', '-c', script], env)[0]?.args).toEqual([
    ...['--requirepass', 'a b', '--port', '7000', '--dir', '/data', '$PW', '$UNKNOWN'],
  ]);
});

test('nothing and an unfinished line are no commands', () => {
  expect(programs([])).toEqual([]);
  expect(programs(['sh', '-c'])).toEqual([]);
  expect(programs(['sh', '-c', '"unfinished'])).toEqual(['unfinished']);
});

test('options are read in every spelling, the last one counts', () => {
  expect(option(['--port', '1', '--port=2'], 'port')).toBe('2');
  expect(option(['-listen-client-urls=http://x:1'], 'listen-client-urls')).toBe('http://x:1');
  expect(option(['--ports', '1'], 'port')).toBe(null);
  expect(option(['--port'], 'port')).toBe(null);
});
