import type { Answer, LedgerStore, Line } from '../../source/drills/ledger-store.ts';

/** A member of a store that is made up: what it claims, and what becomes of each write. Changed while it is written to. */
export type FakeMember = {
  /** `hangs` never settles; an Error refuses the connection. */
  claims: boolean | Error | 'hangs';
  answers: (id: string) => Answer | Promise<Answer>;
  /** In the order of arrival, with the connection each came by. */
  readonly got: { readonly id: string; readonly connection: number }[];
  readonly checks: { count: number };
  readonly connections: { readonly dead: boolean; kill(): void }[];
};

export const acked: Answer = { outcome: 'acked' };
export const never = () => new Promise<Answer>(() => undefined);

export function fakeMember(claims: FakeMember['claims'], answers: FakeMember['answers'] = () => acked): FakeMember {
  return { claims, answers, got: [], checks: { count: 0 }, connections: [] };
}

/** A store over such members; nothing is kept. */
export function fakeStore(members: Readonly<Record<string, FakeMember>>, spread = false): LedgerStore {
  const nothing = async () => undefined;
  return {
    system: spread ? 'etcd' : 'redis',
    spread,
    mostHung: 20,
    connect(name) {
      const member = members[name];
      if (member === undefined) throw new Error(`no ${name}`);
      return openLine(member);
    },
    prepare: nothing,
    read: async () => new Set(),
    durability: async () => 'none',
    clean: nothing,
  };
}

function openLine(member: FakeMember): Line {
  let dead = false;
  const connection = member.connections.length;
  member.connections.push({
    get dead() {
      return dead;
    },
    kill() {
      dead = true;
    },
  });
  return {
    async check() {
      member.checks.count += 1;
      if (member.claims instanceof Error) throw member.claims;
      if (member.claims === 'hangs') return never().then(() => false);
      return member.claims;
    },
    async write(id) {
      member.got.push({ id, connection });
      return member.answers(id);
    },
    isDead: () => dead,
    close() {
      dead = true;
    },
  };
}
