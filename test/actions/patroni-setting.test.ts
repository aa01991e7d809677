import { expect, test } from 'vitest';
import { unfit } from '../../source/actions/patroni-parameter.ts';
import { diffOf, parameterOf, parseSetting, patchOf, timingWarnings } from '../../source/actions/patroni-setting.ts';

const config = {
  ttl: 20,
  loop_wait: 2,
  retry_timeout: 5,
  synchronous_mode: true,
  postgresql: { use_slots: true, parameters: { max_connections: 50, work_mem: '2MB', jit: 'off' } },
};

test.each([
  ['max_connections = 60', { postgresql: { parameters: { max_connections: 60 } } }],
  ['  work_mem=4MB ', { postgresql: { parameters: { work_mem: '4MB' } } }],
  ['jit = on', { postgresql: { parameters: { jit: 'on' } } }],
  ['log_line_prefix = "%m [%p] "', { postgresql: { parameters: { log_line_prefix: '%m [%p] ' } } }],
  ['work_mem =', { postgresql: { parameters: { work_mem: null } } }],
  ['pg_stat_statements.max = 5000', { postgresql: { parameters: { 'pg_stat_statements.max': 5000 } } }],
  ['postgresql.parameters.seq_page_cost = 1.5', { postgresql: { parameters: { seq_page_cost: 1.5 } } }],
  ['postgresql.use_slots = off', { postgresql: { use_slots: false } }],
  ['synchronous_mode = quorum', { synchronous_mode: 'quorum' }],
  ['synchronous_mode = on', { synchronous_mode: true }],
  ['ttl = 30', { ttl: 30 }],
  ['maximum_lag_on_failover =', { maximum_lag_on_failover: null }],
])('%s', (text, patch) => {
  expect(patchOf(parseSetting(text))).toEqual(patch);
});

test.each([['max_connections'], ['= 60'], ['pause = true'], ['cluster_name = other'], ['drop table x; = 1']])(
  '"%s" is none',
  (text) => {
    expect(() => parseSetting(text)).toThrow();
  },
);

test('the difference has the lines that change, under what they stand', () => {
  expect(diffOf(config, parseSetting('max_connections = 60'))).toEqual([
    { sign: ' ', text: 'postgresql:' },
    { sign: ' ', text: '  parameters:' },
    { sign: '-', text: '    max_connections: 50' },
    { sign: '+', text: '    max_connections: 60' },
  ]);
  expect(diffOf(config, parseSetting('random_page_cost = 1.1')).at(-1)).toEqual({
    sign: '+',
    text: '    random_page_cost: 1.1',
  });
  expect(diffOf(config, parseSetting('work_mem =')).slice(2)).toEqual([{ sign: '-', text: '    work_mem: 2MB' }]);
  expect(diffOf(config, parseSetting('max_connections = 50'))).toEqual([]);
  expect(diffOf(config, parseSetting('seq_page_cost ='))).toEqual([]);
});

test('timings that a lease does not outlive are warned of', () => {
  expect(timingWarnings(config, parseSetting('retry_timeout = 10'))).toEqual([
    'loop_wait + 2 × retry_timeout is 22 s, more than ttl 20 s: a leader that is slow to reach etcd once is demoted.',
  ]);
  expect(timingWarnings(config, parseSetting('ttl =')), 'its default is 30').toEqual([]);
  expect(timingWarnings(config, parseSetting('ttl = 15'))).toContainEqual(expect.stringMatching(/goes on with 20/));
  expect(timingWarnings(config, parseSetting('work_mem = 1MB'))).toEqual([]);
  expect(timingWarnings(config, parseSetting('loop_wait = 3'))).toEqual([]);
});

test('whose parameter it is', () => {
  expect(parameterOf(parseSetting('work_mem = 1MB'))).toBe('work_mem');
  expect(parameterOf(parseSetting('ttl = 20'))).toBeNull();
});

const parameter = { name: 'x', shown: '', context: 'sighup', type: 'integer', allowed: [], min: 1, max: 100 };
test.each([
  [{}, 50, null],
  [{}, '4MB', null],
  [{}, 500, 'x is between 1 and 100'],
  [{}, 'many', 'x is a number, and "many" is none'],
  [{ type: 'bool' }, 'perhaps', 'x is on or off'],
  [{ type: 'bool' }, true, null],
  [{ type: 'enum', allowed: ['minimal', 'replica'] }, 'logical', 'x is one of minimal, replica'],
  [{ type: 'enum', allowed: ['minimal', 'replica'] }, 'Replica', null],
  [{ context: 'internal' }, 1, "x is told by PostgreSQL and can't be set"],
])('a parameter %j as %j', (parts, value, why) => {
  expect(unfit({ ...parameter, ...parts }, value)).toBe(why);
});
