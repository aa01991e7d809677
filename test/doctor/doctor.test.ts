import { expect, test } from 'vitest';
import { doctorText } from '../../source/commands/doctor-text.ts';
import { checks } from '../../source/doctor/checks.ts';
import { createDoctor, diagnose } from '../../source/doctor/doctor.ts';
import { hintFor } from '../../source/doctor/doctor-hints.ts';
import type { DoctorFacts } from '../../source/doctor/facts-types.ts';
import type { Diagnosis, Finding } from '../../source/doctor/types.ts';
import { report } from '../../source/stack/assess.ts';
import { width } from '../../source/stack/format.ts';
import { containing, having, healthySnapshot, type Modifier, silent, stopped } from '../helpers/snapshots.ts';
import { healthyMachine, machineAilments } from './machine-ailments.ts';

const examined = (facts: DoctorFacts): Diagnosis => diagnose(facts, checks, { at: 0, tookMs: 1_420 });
const everything = machineAilments.flatMap(({ facts }) => examined(facts).findings);
const ill: Diagnosis = { ...examined(healthyMachine), findings: everything, unread: ['the clock: nobody said'] };
const plain = { color: false, width: 80 };

test('every finding is told with what, how found, why, how to mend it and where that is from, in 80 columns', () => {
  const text = doctorText(ill, plain);
  for (const { subject, text: what, why, how } of everything) {
    const told = text.replaceAll(/\n {9}/g, ' ');
    for (const words of [`${subject === null ? '' : `${subject}: `}${what}`, why, how]) expect(told).toContain(words);
  }
  // Commands stay in one piece.
  const wide = text.split('\n').filter((line) => width(line) > 80);
  expect(wide.filter((line) => !/^ {2}mend {3}[a-z]|^ {9}[a-z]/.test(line))).toEqual([]);
  expect(text).toMatch(
    /\n\d+ checks, \d+ findings, in 1\.4 s: the machine and the stack "paws"\nNot looked at:\n {2}- the clock: nobody said$/,
  );
});

test('nothing found is one line', () => {
  const text = doctorText(examined(healthyMachine), plain);
  expect(text).toBe(`${checks.length} checks, no finding, in 1.4 s: the machine and the stack "paws"`);
});

test('colour says nothing that words do not; ASCII is enough', () => {
  const text = doctorText(ill, { ...plain, color: true });
  expect(text).toContain('\x1b[31mbad\x1b[39m');
  expect(text).toContain('\x1b[33mwarning\x1b[39m');
  expect(text.replaceAll(/\x1b\[\d+m/g, '')).toBe(doctorText(ill, plain));
  expect(doctorText(ill, { ...plain, ascii: true })).toMatch(/^[\x20-\x7e\n]*$/);
});

test('without a stack only the machine is judged, and that is said', () => {
  const diagnosis = examined({ ...healthyMachine, containers: [] });
  expect(diagnosis.checks).toBeLessThan(checks.length / 2);
  expect(doctorText(diagnosis, plain)).toMatch(
    /^\d+ checks, no finding, in 1\.4 s: the machine; there is no stack here$/,
  );
});

test('one examination at a time: who asks meanwhile gets the same; listeners hear of its beginning and its end', async () => {
  const answer = Promise.withResolvers<Diagnosis>();
  let asked = 0;
  const doctor = createDoctor(() => {
    asked += 1;
    return answer.promise;
  });
  const heard: boolean[] = [];
  const leave = doctor.latest.subscribe(() => heard.push(doctor.doing().looking));
  const both = [doctor.examine(), doctor.examine()];
  expect(doctor.latest.get()).toBe(null);
  answer.resolve(ill);
  expect(await Promise.all(both)).toEqual([ill, ill]);
  expect(asked).toBe(1);
  expect(heard).toEqual([true, false]);
  expect(doctor.latest.get()).toBe(ill);
  leave();
  await doctor.examine();
  expect(asked).toBe(2);
  expect(heard).toHaveLength(2);
});

test('an examination that fails leaves what was found before, and says why', async () => {
  let fails = false;
  const doctor = createDoctor(async () => {
    if (fails) throw new Error('the engine went away');
    return ill;
  });
  await doctor.examine();
  fails = true;
  await expect(doctor.examine()).rejects.toThrow('the engine went away');
  expect(doctor.latest.get()).toBe(ill);
  expect(doctor.doing()).toEqual({ looking: false, trouble: 'the engine went away' });
});

const hints = (findings: readonly Finding[], keys: boolean, ...changes: readonly Modifier[]): (string | null)[] => {
  const now = report(having(healthySnapshot(), ...changes));
  return now.verdict.reasons.map((reason) => hintFor(reason, { report: now, findings, keys }));
};

test.each([
  [
    'a stopped container is started, by a key where keys may',
    [stopped('redis2')],
    'S on its row, or docker start paws-redis2-1',
  ],
  ['a paused one goes on', [containing('etcd1', { state: 'paused' })], 'x on its row, or docker unpause paws-etcd1-1'],
  [
    'one that starts again and again has said why',
    [containing('redis2', { state: 'restarting' })],
    'its logs say why it ends (l)',
  ],
  ['one whose health check fails too', [containing('backend', { health: 'unhealthy' })], 'its logs say what fails (l)'],
  ['of one that is silent nobody knows without a closer look', [silent('redis2', 9_000)], null],
] as const)('a hint: %s', (_, changes, hint) => {
  expect(hints([], true, ...changes)[0]).toBe(hint);
  expect(hints([], false, ...changes)[0]).toBe(hint?.replace(/^\w on its row, or /, '') ?? null);
});

test('a hint: what the doctor found of the same member comes first, by its own name or its container’s', () => {
  const paused = everything.filter(({ check }) => check === 'containers.paused');
  expect(hints(paused, true, containing('etcd1', { state: 'paused' }))[0]).toBe('docker unpause paws-etcd1-1 (D)');
  const member = paused.map((finding) => ({ ...finding, subject: 'etcd1', mend: 'Look there:\nthat one' }));
  expect(hints(member, true, containing('etcd1', { state: 'paused' }))[0]).toBe('that one (D)');
});
