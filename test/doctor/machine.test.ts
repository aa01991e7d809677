import { expect, test } from 'vitest';
import { checks } from '../../source/doctor/checks.ts';
import { containerChecks } from '../../source/doctor/checks-containers.ts';
import { machineChecks } from '../../source/doctor/checks-machine.ts';
import { diagnose } from '../../source/doctor/doctor.ts';
import type { DoctorFacts } from '../../source/doctor/facts-types.ts';
import { containerWith } from '../engine/containers.ts';
import { healthyMachine, machineAilments } from './machine-ailments.ts';

const examined = (facts: DoctorFacts) => diagnose(facts, checks, { at: 0, tookMs: 1 });

test('on a healthy machine with a healthy stack nothing is found', () => {
  expect(examined(healthyMachine).findings).toEqual([]);
  expect(healthyMachine.containers).toHaveLength(13);
});

for (const { check, when, facts, found } of machineAilments) {
  test(`${check}: ${when}`, () => {
    const findings = examined(facts).findings.filter((finding) => finding.check === check);
    expect(findings).toEqual(
      found.map(({ level, subject, text }) =>
        expect.objectContaining({ check, level, subject, text: expect.stringMatching(text) }),
      ),
    );
  });
}

test('every check on machine and containers is shown to find something, and only where it is wrong', () => {
  const own = [...machineChecks, ...containerChecks].map(({ id }) => id);
  expect(new Set(machineAilments.map(({ check }) => check))).toEqual(new Set(own));
});

test('no value of a password is told', () => {
  const secret = 'letmein';
  const facts = { ...healthyMachine, containers: [containerWith({ env: { REDIS_PASSWORD: secret } })] };
  const { findings } = examined(facts);
  expect(findings.map(({ check }) => check)).toContain('containers.default-passwords');
  expect(JSON.stringify(findings)).not.toContain(secret);
});

test('a password of one’s own, a file that holds one and a working folder are none that everybody tries', () => {
  const env = {
    REDIS_PASSWORD: '8f0c2d',
    POSTGRES_PASSWORD_FILE: '/run/secrets/postgres',
    PWD: 'test',
    URL: 'http://a:8f@b',
  };
  expect(examined({ ...healthyMachine, containers: [containerWith({ env })] }).findings).toEqual([]);
});

test('a task that has done its work, and a plain program’s port on loopback, are no ailments', () => {
  const task = containerWith({ container: { state: 'exited', exitCode: 0 }, pid: null });
  const program = containerWith({ ports: [{ port: 80, hostIp: '127.0.0.1', hostPort: 8080 }] });
  expect(examined({ ...healthyMachine, containers: [task, program] }).findings).toEqual([]);
});

test('what could not be read is no finding, with an engine elsewhere and with none', () => {
  const engine = healthyMachine.engine;
  if (engine === null) throw new Error('the healthy machine has an engine');
  const blind: DoctorFacts = {
    ...healthyMachine,
    seen: null,
    compose: null,
    machine: { ...healthyMachine.machine, availableBytes: null, inotifyInstances: null, inotifyWatches: null },
    engine: {
      ...engine,
      local: false,
      version: '',
      cgroup: null,
      dataFolder: null,
      diskFreeBytes: null,
      diskTotalBytes: null,
      skewMs: null,
      networks: [],
      routes: [],
    },
  };
  expect(examined(blind).findings).toEqual([]);
  expect(examined({ ...blind, engine: null, containers: [] }).findings).toEqual([]);
});

test('the worst comes first, and each finding has everything that a person needs', () => {
  const facts = machineAilments.find(({ check }) => check === 'containers.paused')?.facts ?? healthyMachine;
  const both = { ...facts, machine: { ...facts.machine, inotifyInstances: 1 } };
  const { findings } = examined(both);
  expect(findings.map(({ level }) => level)).toEqual(['bad', 'warning']);
  for (const { what, text, how, why, mend, source } of findings) {
    for (const words of [what, text, how, why, mend, source]) expect(words.length).toBeGreaterThan(4);
  }
});

test('ids are unique, and every sentence is one', () => {
  const ids = checks.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, why } of checks) expect({ id, why }).toEqual({ id, why: expect.stringMatching(/^[A-Z].*\.$/) });
});
