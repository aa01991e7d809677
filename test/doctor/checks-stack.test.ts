import { expect, test } from 'vitest';
import { stackChecks } from '../../source/doctor/checks-stack.ts';
import type { DoctorFacts } from '../../source/doctor/facts-types.ts';
import { cases } from './ailments.ts';
import { healthyFacts } from './healthy.ts';

const findings = (facts: DoctorFacts) =>
  stackChecks.flatMap((check) => check.find(facts).map(({ text }) => `${check.id}: ${text}`));

test.each(['full', 'minimal'] as const)('nothing is found on the healthy stack: %s', (profile) => {
  expect(findings(healthyFacts(profile) as DoctorFacts)).toEqual([]);
});

test.each(cases)('$id: $when', ({ id, facts, found }) => {
  const check = stackChecks.find((one) => one.id === id);
  const ailments = check?.find(facts) ?? [];
  expect(ailments.map(({ level, subject }) => ({ level, subject }))).toEqual(
    found.map(({ level, subject }) => ({ level, subject })),
  );
  for (const [index, { text }] of found.entries()) expect(ailments[index]?.text).toMatch(text);
  for (const { how } of ailments) expect(how).not.toBe('');
});

test('every check has its ailment', () => {
  const tried = new Set(cases.map(({ id }) => id));
  expect(stackChecks.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
  expect(new Set(stackChecks.map(({ id }) => id)).size).toBe(stackChecks.length);
});

test('each is said in full: what, why, how to mend it, and where that is from', () => {
  for (const { id, what, why, mend, source } of stackChecks) {
    for (const text of [what, why, mend, source])
      expect({ id, text }).toEqual({ id, text: expect.stringMatching(/^\S.{3,}\S$/) });
    expect({ id, why }).toEqual({ id, why: expect.stringMatching(/\.$/) });
  }
});

test('what could not be read is no finding', () => {
  const facts = healthyFacts();
  const empty = { ...facts, seen: null, containers: [], patroni: [], redis: [], sentinel: [], etcd: [] };
  expect(findings(empty as DoctorFacts)).toEqual([]);
  for (const member of facts.patroni)
    Object.assign(member, { config: null, postgres: null, patronictl: null, usesRewind: null });
  for (const member of facts.sentinel) {
    Object.assign(member, { configFile: null, configKept: null, announceHostnames: null });
    for (const monitored of member.monitors) monitored.authPassSet = null;
  }
  for (const { member } of facts.etcd) {
    const blank = {
      clusterId: null,
      roster: null,
      dbBytes: null,
      quotaBytes: null,
      leaderChanges: null,
      uptimeMs: null,
      fsyncP99Ms: null,
    };
    Object.assign(facts.etcd.find((one) => one.member === member) ?? {}, blank, { device: null });
  }
  expect(findings(facts as DoctorFacts)).toEqual([]);
});

test('asynchronous replication of one member alone loses nothing more', () => {
  const facts = healthyFacts('minimal');
  for (const member of facts.patroni) Object.assign(member.config ?? {}, { synchronous_mode: false });
  for (const node of facts.redis) node.masterauthSet = false;
  expect(findings(facts as DoctorFacts)).toEqual([]);
});
