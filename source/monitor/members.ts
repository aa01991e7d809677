import type { Access } from '../engine/types.ts';
import type { Claims, openProbe } from '../probes/probes.ts';
import type { PostgresClaim } from '../stack/claims.ts';
import { judge, neverRead, nextChange, type Reading } from '../stack/reading.ts';
import type { Probed, Snapshot } from '../stack/snapshot.ts';
import type { Container, Member, System } from '../stack/topology.ts';
import { createPoller, type Poller } from './poller.ts';

/** Opens the probe of one system to one member. */
export type OpenProbe = typeof openProbe;

type Entry = { access: Access; key: string; own: Poller<unknown>; postgres: Poller<PostgresClaim> | null };

/** Everybody who is asked, over ways that follow what discovery says. */
export function createMembers(ask: OpenProbe, deadlineMs: number, now: () => number) {
  const entries = new Map<string, Entry>();
  const idOf = (member: Member): string => `${member.system}:${member.name}`;

  function open(access: Access, before: Entry | undefined): Entry {
    const { system } = access.member;
    return {
      access,
      key: JSON.stringify(access),
      own: createPoller<unknown>(() => ask(system, access, deadlineMs), now, before?.own.attempts),
      postgres:
        access.postgres === null
          ? null
          : createPoller(() => ask('postgres', access, deadlineMs), now, before?.postgres?.attempts),
    };
  }

  return {
    /** Takes over what discovery found: new members are opened, changed ways re-opened, gone ones closed. */
    update(found: readonly Access[]): void {
      const seen = new Set<string>();
      for (const access of found) {
        const id = idOf(access.member);
        seen.add(id);
        const before = entries.get(id);
        if (before?.key === JSON.stringify(access)) continue;
        before?.own.close();
        before?.postgres?.close();
        entries.set(id, open(access, before));
      }
      for (const [id, entry] of entries) {
        if (seen.has(id)) continue;
        entry.own.close();
        entry.postgres?.close();
        entries.delete(id);
      }
    },
    /** Asks all whose container runs. Resolves when everyone has answered or failed. */
    async poll(running: (container: string) => boolean, answered: () => void): Promise<void> {
      const asked: Promise<void>[] = [];
      for (const { access, own, postgres } of entries.values()) {
        if (!running(access.member.container)) continue;
        for (const poller of postgres === null ? [own] : [own, postgres]) {
          asked.push(poller.poll().then((done) => (done ? answered() : undefined)));
        }
      }
      await Promise.all(asked);
    },
    /** The readings of one system, or null when the stack does not have it. */
    read<S extends System>(
      system: S,
      members: readonly Member[],
      at: number,
      intervalMs: number,
      containers: ReadonlyMap<string, Container>,
    ) {
      const own = members.filter((member) => member.system === system);
      if (own.length === 0) return null;
      return own.map((member) => {
        const entry = entries.get(idOf(member));
        const present = isUp(containers.get(member.container));
        const reading = (poller: Poller<unknown> | null | undefined): Reading<unknown> =>
          poller ? judge(poller.attempts, at, intervalMs, present) : neverRead;
        return {
          name: member.name,
          container: member.container,
          aliases: member.aliases,
          via: entry?.access.endpoint?.via ?? null,
          reading: reading(entry?.own),
          ...(system === 'patroni' ? { postgres: reading(entry?.postgres) } : {}),
        };
      }) as unknown as Snapshot[S] & readonly Probed<Claims[S]>[];
    },
    /** When the next reading changes by age alone, epoch ms; null: never. */
    nextChange(at: number, intervalMs: number): number | null {
      const changes = [...entries.values()]
        .flatMap(({ own, postgres }) => (postgres === null ? [own] : [own, postgres]))
        .flatMap((poller) => nextChange(poller.attempts, at, intervalMs) ?? []);
      return changes.length === 0 ? null : Math.min(...changes);
    },
    close(): void {
      for (const { own, postgres } of entries.values()) {
        own.close();
        postgres?.close();
      }
      entries.clear();
    },
  };
}

/** A paused container is up: it holds its place and its connections, it only does not answer. */
export function isUp(container: Container | undefined): boolean {
  return container?.state === 'running' || container?.state === 'paused';
}
