import type { DoctorFacts } from '../../source/doctor/facts-types.ts';
import { fixture } from '../probes/fixture.ts';

/** May be changed, all the way down. */
type Draft<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? Draft<Item>[]
    : { -readonly [Key in keyof T]: Draft<T[Key]> };

/** What a container said last and the like is not in the recording: nothing ailed. */
const recorded: Readonly<Record<string, DoctorFacts>> = {
  full: fixture<DoctorFacts>('doctor', 'healthy'),
  minimal: fixture<DoctorFacts>('doctor', 'healthy-minimal'),
};

/** What the doctor read of a healthy stack, on a machine of which nothing is known. */
export function healthyFacts(profile: 'full' | 'minimal' = 'full'): Draft<DoctorFacts> {
  return structuredClone(recorded[profile]) as Draft<DoctorFacts>;
}

/** The healthy full stack with one thing changed. */
export function altered(change: (facts: Draft<DoctorFacts>) => void): DoctorFacts {
  const facts = healthyFacts();
  change(facts);
  return facts as DoctorFacts;
}

/** The member, to be changed; fails the test where there is none. */
export function of<T extends { readonly member: string }>(members: readonly T[], name: string): T {
  const found = members.find(({ member }) => member === name);
  if (found === undefined) throw new Error(`${name} was not recorded`);
  return found;
}

/** What a member claims in the recorded snapshot. */
export function claimOf(facts: Draft<DoctorFacts>, system: 'etcd' | 'patroni' | 'redis' | 'sentinel', name: string) {
  const rows = facts.seen?.snapshot[system] as { name: string; reading: { value: Record<string, unknown> } }[];
  const found = rows.find((row) => row.name === name);
  if (found === undefined) throw new Error(`${name} was not recorded`);
  return found.reading.value;
}
