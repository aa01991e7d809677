import { expect, test } from 'vitest';
import { checks } from '../../source/doctor/checks.ts';
import { createDoctor, diagnose } from '../../source/doctor/doctor.ts';
import type { DoctorFacts } from '../../source/doctor/facts-types.ts';
import type { Diagnosis, Doctor } from '../../source/doctor/types.ts';
import { StackError } from '../../source/stack/errors.ts';
import { healthyMachine, machineAilments } from '../doctor/machine-ailments.ts';
import { containing, having, healthySnapshot, now, stopped } from '../helpers/snapshots.ts';
import { fakeDrills, progress } from './fake-drills.ts';
import { openScreen, viewOf } from './screen.ts';

const sizes = [
  [120, 40],
  [80, 24],
  [60, 15],
] as const;

const examined = (facts: DoctorFacts): Diagnosis => diagnose(facts, checks, { at: now, tookMs: 1_420 });
const ailing = (check: string): DoctorFacts => {
  const found = machineAilments.find((each) => each.check === check);
  if (found === undefined) throw new Error(`no ailment for ${check}`);
  return found.facts;
};

/** A container paused, two passwords that everybody tries, rules left in the machine; one thing could not be read. */
const ill: DoctorFacts = {
  ...ailing('machine.address-rules'),
  containers: ailing('containers.paused').containers.map((each) =>
    /^(redis1|redis2)$/.test(each.container.service ?? '') ? { ...each, env: { REDIS_PASSWORD: 'redis' } } : each,
  ),
  unread: ['whether the containers are what the compose file says: Compose 2.20.2 made them and this is 2.26.1'],
};

/** Answers one examination after the other; the last answer again and again. */
function doctorOf(...answers: readonly (Diagnosis | Error | Promise<Diagnosis>)[]): {
  doctor: Doctor;
  asked: () => number;
} {
  let asked = 0;
  const doctor = createDoctor(async () => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    if (answer instanceof Error) throw answer;
    if (answer === undefined) throw new Error('the doctor was given no answer');
    return answer;
  });
  return { doctor, asked: () => asked };
}

const never = new Promise<Diagnosis>(() => {});

const situations: readonly {
  readonly name: string;
  readonly answer: Diagnosis | Promise<Diagnosis>;
  readonly until: RegExp;
  readonly facts: readonly RegExp[];
}[] = [
  {
    name: 'findings',
    answer: examined(ill),
    until: /\d+ checks, 4 findings, in 1\.4 s/,
    facts: [
      /✖ paws-etcd1-1: it is paused/,
      /found +docker inspect paws-etcd1-1: State\.Paused/,
      /why +A paused member/,
    ],
  },
  {
    name: 'none',
    answer: examined(healthyMachine),
    until: /\d+ checks, no finding, in 1\.4 s/,
    facts: [/● \d+ checks found nothing wrong\./],
  },
  { name: 'looking', answer: never, until: /looking …/, facts: [/Looks at the machine, its engine, the containers/] },
  {
    name: 'engine-lost',
    answer: examined(ailing('machine.engine')),
    until: /1 finding, in/,
    facts: [/✖ nobody listens/, /mend +sudo dockerd/],
  },
];

for (const [columns, rows] of sizes) {
  for (const { name, answer, until, facts } of situations) {
    test(`the doctor: ${name}, at ${columns}×${rows}`, async () => {
      const screen = await openScreen({ size: [columns, rows], doctor: doctorOf(answer).doctor });
      screen.type('D');
      const text = await screen.until(until);
      for (const fact of facts) expect(text).toMatch(fact);
      expect(text.split('\n').length).toBeLessThanOrEqual(rows);
      await expect(`${text}\n`).toMatchFileSnapshot(`doctor-${name}-${columns}x${rows}.txt`);
    });
  }
}

test('findings of one check share why it matters; a filter keeps those that match; unread is told at the end', async () => {
  const screen = await openScreen({ size: [120, 60], doctor: doctorOf(examined(ill)).doctor });
  screen.type('D');
  const text = await screen.until(/4 findings/);
  expect(text.match(/REDIS_PASSWORD is a password that everybody tries first/g)).toHaveLength(2);
  expect(text.match(/Such passwords are in every list/g)).toHaveLength(1);
  expect(text).toMatch(/Not looked at\s+│\n│ ?\? whether the containers are what the compose file says/);
  screen.type('/iptables');
  const kept = await screen.until(/iptables▏/);
  expect(kept).toMatch(/1 address rewriting rule of networks/);
  expect(kept).not.toMatch(/it is paused/);
});

test('^R looks again, and what was found before stays in sight meanwhile', async () => {
  const { doctor, asked } = doctorOf(examined(ill), never);
  const screen = await openScreen({ doctor });
  screen.type('D');
  await screen.until(/4 findings/);
  expect(asked()).toBe(1);
  screen.type('\x12');
  const text = await screen.until(/4 findings, in 1\.4 s ── looking …/);
  expect(text).toMatch(/it is paused/);
  expect(asked()).toBe(2);
});

test('an examination that fails says why, and the screen stays', async () => {
  const screen = await openScreen({
    doctor: doctorOf(new StackError('garbage', 'the engine answered with no list')).doctor,
  });
  screen.type('D');
  expect(await screen.until(/could not look/)).toMatch(/✖ the engine answered with no list/);
});

test('with --read-only there is a doctor too', async () => {
  const screen = await openScreen({ readOnly: true, doctor: doctorOf(examined(healthyMachine)).doctor });
  screen.type('D');
  expect(await screen.until(/no finding/)).toMatch(/read-only/);
});

const stoppedView = (at: number) => viewOf(having(healthySnapshot({ at }), stopped('redis2')));

test('the doctor looks by itself once the verdict has been bad for 4 s, once for that, and not again within 30 s', async () => {
  const { doctor, asked } = doctorOf(examined(healthyMachine));
  const screen = await openScreen({ doctor });
  const showAt = async (seconds: number, ok = false) => {
    screen.show(ok ? viewOf(healthySnapshot({ at: now + 1_000 * seconds })) : stoppedView(now + 1_000 * seconds));
    // An examination that was begun ends.
    await new Promise((resolve) => setImmediate(resolve));
  };
  await showAt(1);
  await showAt(4);
  expect(asked()).toBe(0);
  await showAt(5);
  expect(asked()).toBe(1);
  for (const seconds of [6, 40, 80]) await showAt(seconds);
  expect(asked()).toBe(1);
  await showAt(81, true);
  await showAt(82);
  await showAt(87);
  expect(asked()).toBe(2);
  await showAt(88, true);
  await showAt(89);
  await showAt(100);
  expect(asked()).toBe(2);
  await showAt(117);
  expect(asked()).toBe(3);
});

test('while a drill runs the doctor does not look by itself', async () => {
  const { doctor, asked } = doctorOf(examined(healthyMachine));
  const drills = fakeDrills();
  drills.go(progress());
  const screen = await openScreen({ doctor, drills });
  screen.show(stoppedView(now + 1_000));
  screen.show(stoppedView(now + 20_000));
  drills.go(null);
  expect(asked()).toBe(0);
  screen.show(stoppedView(now + 21_000));
  expect(asked()).toBe(1);
});

test('under a reason of the verdict stands how to mend it: as the doctor found, else what everybody knows', async () => {
  const { doctor } = doctorOf(examined(ill));
  const screen = await openScreen({
    doctor,
    view: viewOf(having(healthySnapshot(), stopped('redis2'), containing('etcd1', { health: 'unhealthy' }))),
  });
  screen.type('v');
  expect(await screen.until(/Now/)).toMatch(/redis2.*\n.*→ docker start paws-redis2-1/);
  screen.type('vD');
  await screen.until(/4 findings/);
  screen.show(viewOf(having(healthySnapshot({ at: now + 1_000 }), containing('etcd1', { state: 'paused' }))));
  screen.type('Dv');
  expect(await screen.until(/Now/)).toMatch(/etcd1.*\n.*→ docker unpause paws-etcd1-1 \(D\)/);
});
