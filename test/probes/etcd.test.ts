import type { IMemberListResponse, IStatusResponse } from 'etcd3';
import { expect, test } from 'vitest';
import { openEtcdProbe } from '../../source/probes/etcd.ts';
import { parseRoster, parseStatus } from '../../source/probes/etcd-answers.ts';
import { accessTo, startServer } from './fake-server.ts';
import { fixture } from './fixture.ts';

type Answer = { readonly status: IStatusResponse; readonly members: IMemberListResponse };
const read = (situation: string) => fixture<Answer>('etcd', situation);
const hex = (decimal: string) => BigInt(decimal).toString(16);

test('a leader believes in itself, and its ids are hex as etcdctl prints them', () => {
  const { status } = read('healthy-leader');
  const claim = parseStatus(status);
  expect(claim.memberId).toMatch(/^[0-9a-f]{15,16}$/);
  expect(claim.leaderId).toBe(claim.memberId);
  expect(claim).toMatchObject({ version: '3.5.16', learner: false, alarms: [], roster: null });
  expect(claim.term).toBe(Number(status.raftTerm));
  expect(claim.raftIndex).toBe(Number(status.raftIndex));
  expect(claim.appliedIndex).toBe(Number(status.raftAppliedIndex));
  expect(claim.dbBytes).toBeGreaterThan(10_000);
  expect(claim.dbInUseBytes).toBeGreaterThan(10_000);
});

test('a follower names its leader', () => {
  const claim = parseStatus(read('healthy-follower').status);
  expect(claim.leaderId).not.toBe(claim.memberId);
  expect(claim.leaderId).toBe(parseStatus(read('healthy-leader').status).memberId);
});

test('the member list holds ids, names and addresses', () => {
  const { status, members } = read('healthy-leader');
  const roster = parseRoster(members);
  expect(roster.map((peer) => peer.name).sort()).toEqual(['etcd1', 'etcd2', 'etcd3']);
  expect(roster.map((peer) => peer.memberId)).toContain(parseStatus(status).memberId);
  expect(roster[0]?.clientUrls[0]).toMatch(/^http:\/\/172\.28\.1\.\d:2379$/);
  expect(roster[0]?.peerUrls[0]).toMatch(/:2380$/);
});

test('a status without a leader, as after the loss of the quorum, is an answer', () => {
  const claim = parseStatus(read('no-leader').status);
  expect(claim.leaderId).toBeNull();
  expect(claim.raftIndex).toBeGreaterThan(0);
});

test('an alarm comes with the member that raised it', () => {
  const { status, members } = read('nospace-alarm');
  const claim = parseStatus(status);
  expect(claim.alarms).toEqual([{ memberId: claim.memberId, alarm: 'NOSPACE' }]);
  expect(parseRoster(members).some((peer) => peer.learner)).toBe(true);
});

test('a learner says so, and tells of the alarm of another member too', () => {
  const { status } = read('learner');
  const claim = parseStatus(status);
  expect(claim.learner).toBe(true);
  expect(claim.alarms).toEqual([{ memberId: parseStatus(read('nospace-alarm').status).memberId, alarm: 'NOSPACE' }]);
  expect(claim.alarms[0]?.memberId).not.toBe(claim.memberId);
});

test('ids above 2^53 keep all their digits', () => {
  const { status } = read('healthy-leader');
  const header = { ...status.header, member_id: '18446744073709551615' };
  expect(parseStatus({ ...status, header }).memberId).toBe('ffffffffffffffff');
  expect(parseStatus({ ...status, leader: '9007199254740993' }).leaderId).toBe(hex('9007199254740993'));
});

test('what etcd before 3.4 leaves out is null', () => {
  const claim = parseStatus({ ...read('healthy-leader').status, raftAppliedIndex: '0', dbSizeInUse: '0' });
  expect(claim.appliedIndex).toBeNull();
  expect(claim.dbInUseBytes).toBeNull();
});

test('a status without a member is garbage', () => {
  const status = { ...read('healthy-leader').status, header: null } as unknown as IStatusResponse;
  expect(() => parseStatus(status, 'etcd1')).toThrow(/^etcd1 answered something that cannot be read/);
});

test('an etcd without its JSON gateway is asked by gRPC, on the same port and at once', async () => {
  const seen: string[] = [];
  const server = await startServer((socket) => {
    socket.once('data', (data) => {
      const first = data.toString('latin1').split('\r\n')[0] ?? '';
      seen.push(first);
      if (first.startsWith('POST'))
        socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 18\r\n\r\n404 page not found');
      else socket.destroy();
    });
  });
  const probe = openEtcdProbe(accessTo(server.port, 'etcd'), 1000);
  await expect(probe.ask()).rejects.toMatchObject({ kind: 'closed' });
  await expect(probe.ask()).rejects.toMatchObject({ kind: 'closed' });
  expect(seen[0]).toBe('POST /v3/maintenance/status HTTP/1.1');
  expect(seen.filter((line) => line.startsWith('POST'))).toHaveLength(1);
  expect(seen.some((line) => line.startsWith('PRI * HTTP/2'))).toBe(true);
  probe.close();
});
