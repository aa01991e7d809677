type Addressed = { readonly name: string; readonly aliases: readonly string[] };

/**
 * The member that an in-network name or address stands for: `172.28.3.1:6379`, `http://etcd1:2379`, `[::1]:6379`,
 * `patroni1`. Null when none has it, or when several do and the port does not tell them apart.
 */
export function memberAt<M extends Addressed>(members: readonly M[], addressOrName: string | null): M | null {
  if (addressOrName === null || addressOrName === '') return null;
  const full = addressOrName
    .toLowerCase()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
    .replace(/\/.*$/, '');
  return only(members, full) ?? only(members, hostOf(full));
}

function only<M extends Addressed>(members: readonly M[], wanted: string): M | null {
  const found = members.filter((member) => member.name.toLowerCase() === wanted || member.aliases.includes(wanted));
  return found.length === 1 ? (found[0] ?? null) : null;
}

function hostOf(address: string): string {
  const bracketed = /^\[(.+)\](?::\d+)?$/.exec(address)?.[1];
  if (bracketed !== undefined) return bracketed;
  // More than one colon is an IPv6 address without a port.
  return /^[^:]*:\d+$/.test(address) ? address.replace(/:\d+$/, '') : address;
}

/** The value named most often, ties by first; null when there is none. */
export function mostNamed<T>(values: readonly (T | null)[]): { readonly value: T; readonly votes: number } | null {
  const votes = new Map<T, number>();
  for (const value of values) {
    if (value !== null) votes.set(value, (votes.get(value) ?? 0) + 1);
  }
  let best: { value: T; votes: number } | null = null;
  for (const [value, number] of votes) {
    if (best === null || number > best.votes) best = { value, votes: number };
  }
  return best;
}

/** The largest of what is known; null when nothing is. */
export const highest = (values: readonly (number | null)[]): number | null =>
  values.reduce<number | null>(
    (best, value) => (value !== null && (best === null || value > best) ? value : best),
    null,
  );
