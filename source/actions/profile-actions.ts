import { type ComposeFile, profilesOf, servicesOf } from '../engine/compose-file.ts';
import { StackError } from '../stack/errors.ts';
import { bytes, plural } from '../stack/format.ts';
import { readProfileFacts } from './profile-facts.ts';
import { planProfile } from './profile-plan.ts';
import { runProfile } from './profile-run.ts';
import type { ProfilePlan } from './profile-types.ts';
import type { Action, Preview } from './types.ts';

/** One action for each profile of a compose file, in the order of the file. */
export function profileActions(file: ComposeFile): readonly Action[] {
  return profilesOf(file).map((name) => profileAction(file, name));
}

function profileAction(file: ComposeFile, name: string): Action {
  const steady = steadily();
  const services = servicesOf(file, name).map((service) => service.name);
  return {
    id: `profile.${name}`,
    label: `profile ${name}`,
    does: `Moves to ${plural(services.length, 'service')}: leadership first, then what comes and goes, without losing a write.`,
    scope: 'profile',
    services,
    system: null,
    danger: 'disrupts',
    many: false,
    ask: null,
    unavailable(_, { report }) {
      const states = new Map(report.containers.map(({ service, state }) => [service, state]));
      if (![...states.values()].includes('running')) return 'nothing runs: start or resume the stack first';
      const whole = services.every((service) => states.get(service) === 'running');
      return report.profile === name && whole && states.size === services.length ? 'it is the active one' : null;
    },
    async preview({ means }) {
      return previewOf(planProfile(await readProfileFacts(means, name), name), steady);
    },
    async run({ means, say, signal }) {
      const plan = planProfile(await readProfileFacts(means, name), name);
      if (plan.missing[0] !== undefined) throw new StackError('precondition', plan.missing[0]);
      await runProfile({ means, plan, say, signal, onStep: ({ text }) => say(text) });
      return `the profile is ${name}`;
    },
  };
}

/** Memory changes by the second: a figure stays as it was told until it is another one. */
function steadily(): Steady {
  const told = new Map<string, number>();
  return (what, value) => {
    const before = told.get(what);
    if (before !== undefined && Math.abs(value - before) <= before / 4) return before;
    told.set(what, value);
    return value;
  };
}
type Steady = (what: string, value: number) => number;

/** A plan as a dialog shows it; two that mean the same are equal. */
function previewOf({ steps, effects, unknown, missing, memory }: ProfilePlan, steady: Steady): Preview {
  const { needsBytes, freesBytes, measured, availableBytes } = memory;
  const told = (what: string, value: number) => bytes(steady(what, value));
  const left = availableBytes === null ? '' : `; this machine has ${told('available', availableBytes)} left`;
  return {
    effects: [
      ...effects,
      ...(needsBytes > 0 ? [`needs ${told('needs', needsBytes)} of memory${measured ? '' : ' at most'}${left}`] : []),
      ...(freesBytes > 0 ? [`frees ${told('frees', freesBytes)} of memory`] : []),
      ...unknown,
    ],
    literal: steps.flatMap(({ literal }) => (literal === '' ? [] : [literal])),
    diff: [],
    choices: [{ id: 'go', label: 'change the profile' }],
    refused: missing[0] ?? null,
  };
}
