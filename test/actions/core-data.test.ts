import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseSentinelView, patroniNeeds, redisNeeds, redisNeedsByRole } from '../../source/actions/core-data.ts';
import { parsePatroniPast, readSentinelViews, rosterFrom, volumesOf } from '../../source/actions/core-data-read.ts';
import { parseComposeFile, servicesOf } from '../../source/engine/compose-file.ts';
import type { Run } from '../../source/engine/run.ts';

const shipped = parseComposeFile(readFileSync(join(import.meta.dirname, '../../compose/compose.yaml'), 'utf8'), {});
if (shipped === null) throw new Error('the shipped compose file is none');
const file = shipped;
const keys = file.services.flatMap(({ volumes }) => volumes.map(({ name }) => name));
const rosterWithout = (...gone: string[]) =>
  rosterFrom(
    { file },
    servicesOf(file, 'minimal'),
    new Map(keys.filter((key) => !gone.includes(key)).map((key) => [key, `paws_${key}`])),
  );
const roster = rosterWithout();
const past = (sync: object | string, others: { leader?: string; history?: string } = {}) =>
  parsePatroniPast({ leader: '', history: '', sync: JSON.stringify(sync), ...others });

test('the last leader is needed where Patroni lets nobody of the profile lead, and its standby only without it', () => {
  const both = past({ leader: 'patroni3', quorum: 0, sync_standby: 'patroni2' });
  expect(patroniNeeds(both, roster)).toEqual({
    services: ['patroni3'],
    why: 'Patroni lets only patroni3 and patroni2 lead',
  });
  expect(patroniNeeds(both, rosterWithout('patroni3')).services).toEqual(['patroni2']);
});

test('nobody is needed where somebody of the profile led or confirmed every commit', () => {
  expect(patroniNeeds(past({ leader: 'patroni1', sync_standby: null }), roster)).toEqual({ services: [], why: null });
  expect(patroniNeeds(past({ leader: 'patroni3', sync_standby: 'patroni2,patroni1' }), roster).services).toEqual([]);
});

test('who of the profile has lost its data is no leader to wait for', () => {
  const { services } = patroniNeeds(past({ leader: 'patroni1', sync_standby: 'patroni2' }), rosterWithout('patroni1'));
  expect(services).toEqual(['patroni2']);
});

test('where the data of all that may lead is gone, nobody is started, and the way out is told', () => {
  const { services, why } = patroniNeeds(past({ leader: 'patroni3', sync_standby: null }), rosterWithout('patroni3'));
  expect(services).toEqual([]);
  expect(why).toContain('patroni3 lead, whose data is gone');
  expect(why).toContain('--candidate patroni1');
});

test('with quorum commit one standby alone is not enough', () => {
  const quorum = past({ leader: 'patroni3', quorum: 1, sync_standby: 'patroni1,patroni2' });
  expect(patroniNeeds(quorum, roster).services).toEqual(['patroni3', 'patroni2']);
});

test('without synchronous mode who led last is needed: by the leader key, by the history, else everybody', () => {
  const history = '[[1,67417136,"no recovery target specified","2026-11-24T00:39:34+00:00","patroni2"]]';
  expect(patroniNeeds(past({ leader: null, sync_standby: null }, { history }), roster).services).toEqual(['patroni2']);
  expect(patroniNeeds(past('', { history, leader: 'patroni3' }), roster).services).toEqual(['patroni3']);
  expect(patroniNeeds(past('', { leader: 'patroni1' }), roster).services).toEqual([]);
  expect(patroniNeeds(past(''), roster).services).toEqual(['patroni2', 'patroni3']);
  expect(patroniNeeds(past(''), rosterWithout('patroni2', 'patroni3'))).toEqual({ services: [], why: null });
});

const view = (host: string, epoch: number) => {
  const seen = parseSentinelView(`sentinel monitor paws ${host} 6379 2\nsentinel config-epoch paws ${epoch}\n`);
  if (seen === null) throw new Error('a Sentinel names a master');
  return seen;
};
const behindRedis = ['redis2', 'redis3', 'sentinel1', 'sentinel2', 'sentinel3'];

test('the Sentinels’ newest word counts, also against one that slept through the failover', () => {
  const views = [view('172.28.3.1', 0), view('172.28.3.3', 2), view('172.28.3.2', 1)];
  expect(redisNeeds(views, roster)).toEqual({ services: behindRedis, why: 'the last Redis master is redis3' });
  expect(redisNeeds([view('172.28.3.1', 3), view('172.28.3.3', 2)], roster)).toEqual({ services: [], why: null });
});

test('Sentinels that tell nothing, or of somebody else, leave it to the roles of those who run', () => {
  expect(redisNeeds([], roster)).toBeNull();
  expect(redisNeeds([view('10.0.0.9', 4)], roster)).toBeNull();
  expect(parseSentinelView('port 26379\n')).toBeNull();
  expect(view('redis3', 0)).toEqual({ master: 'redis3', epoch: 0 });
});

test('a replica whose master is not of the profile needs the others; a master needs nobody', () => {
  expect(redisNeedsByRole(['172.28.3.3'], roster).services).toEqual(behindRedis);
  expect(redisNeedsByRole([null], roster).services).toEqual([]);
  expect(redisNeedsByRole([], roster).services).toEqual([]);
});

test('where the last master’s data is gone nobody older takes its place unasked', () => {
  const { services, why } = redisNeedsByRole(['172.28.3.3'], rosterWithout('redis3'));
  expect(services).toEqual([]);
  expect(why).toContain('the last Redis master was redis3, and its data is gone');
});

test('what the Sentinels wrote down is read from their volumes, read-only, without network', async () => {
  const ran: string[][] = [];
  const answer = (host: string, epoch: number) =>
    `sentinel monitor paws ${host} 6379 2\nsentinel config-epoch paws ${epoch}\n`;
  const run: Run = async (argv) => {
    ran.push([...argv]);
    const listed = 'sentinel1 paws_sentinel1\nsentinel2 paws_sentinel2\n';
    const stdout = argv[0] === 'volume' ? listed : `\n${answer('172.28.3.1', 1)}\n${answer('172.28.3.3', 2)}`;
    return { exitCode: 0, stdout, stderr: '' };
  };
  const sentinels = file.services.filter(({ name }) => name.startsWith('sentinel'));
  const views = await readSentinelViews(run, sentinels, await volumesOf(run, 'paws'));
  expect(views).toEqual([
    { master: '172.28.3.1', epoch: 1 },
    { master: '172.28.3.3', epoch: 2 },
  ]);
  const [, reading = []] = ran;
  expect(reading.filter((word) => word.startsWith('paws_'))).toEqual([
    'paws_sentinel1:/sentinels/paws_sentinel1:ro',
    'paws_sentinel2:/sentinels/paws_sentinel2:ro',
  ]);
  expect(reading).toContain('none');
});

test('Sentinels whose volumes are gone, or can’t be read, tell nothing', async () => {
  const sentinels = file.services.filter(({ name }) => name.startsWith('sentinel'));
  const failing: Run = async () => ({ exitCode: 125, stdout: '', stderr: 'no such image' });
  expect(await readSentinelViews(failing, sentinels, new Map())).toEqual([]);
  expect(await readSentinelViews(failing, sentinels, new Map([['sentinel1', 'paws_sentinel1']]))).toEqual([]);
});
