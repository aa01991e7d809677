import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerDetails, Discovered, Engine, EngineEvent } from '../engine/types.ts';
import { report as assess } from '../stack/assess.ts';
import { labelOf } from '../stack/container-rules.ts';
import { eventsBetween } from '../stack/differences.ts';
import { toProblem } from '../stack/errors.ts';
import type { StackEvent } from '../stack/events.ts';
import type { Report } from '../stack/report.ts';
import type { Snapshot } from '../stack/snapshot.ts';
import { byName, type Container } from '../stack/topology.ts';
import { watchEngine } from './engine-watch.ts';
import { createEventLog } from './event-log.ts';
import { createHistory } from './history.ts';
import { createMembers, isUp, type OpenProbe } from './members.ts';
import { remember } from './roster.ts';
import { createStore } from './store.ts';
import type { Monitor } from './types.ts';
import { createUsageLog } from './usage-log.ts';

export type MonitorOptions = {
  readonly connect: () => Promise<Engine>;
  /** Finds the stack and the ways to its members among what the engine knows; `stack` is the one watched so far. */
  readonly survey: (engine: Engine, details: readonly ContainerDetails[], stack: string | null) => Promise<Discovered>;
  readonly openProbe: OpenProbe;
  readonly intervalMs: number;
  /** How long one call to a member may take. */
  readonly deadlineMs: number;
  readonly now: () => number;
};

/** Those who have answered by now make up the frame; a slow or hung member never holds it up. */
const roundMs = 250;
const lateMs = 100;

export function createMonitor({ connect, survey, openProbe, intervalMs, deadlineMs, now }: MonitorOptions): Monitor {
  const store = createStore();
  const history = createHistory();
  const log = createEventLog();
  const members = createMembers(openProbe, deadlineMs, now);
  const usage = createUsageLog(now);
  let discovered: Discovered | null = null;
  let wanted: ReadonlySet<string> | null = null;
  let previous: Report | null = null;
  let timer: NodeJS.Timeout | null = null;
  let late: NodeJS.Timeout | null = null;
  let ages: NodeJS.Timeout | null = null;
  let started = false;
  /** Everybody was asked once: from now on a difference is an event. */
  let settled = false;
  let surveyed = Promise.resolve();
  let surveyedShape: string | undefined;
  let surveyProblem: unknown = null;
  let watch: ReturnType<typeof watchEngine> | null = null;
  let containers: ReadonlyMap<string, Container> = new Map();

  /** One after the other, so that an older survey never overwrites a newer one. */
  function resurvey(events: readonly EngineEvent[]): void {
    surveyed = surveyed.then(async () => {
      const engine = watch?.engine;
      if (engine && watch?.view.state === 'connected') {
        try {
          take(await survey(engine, watch.details, discovered?.topology.stack || null));
          surveyProblem = null;
        } catch (error) {
          surveyProblem = error;
        }
      }
      const shape = JSON.stringify(discovered?.topology);
      if (events.length > 0 && shape === surveyedShape) return; // other people's containers come and go
      surveyedShape = shape;
      publish(events);
      if (events.some(({ action }) => action === 'start' || action === 'unpause')) void round();
    });
  }

  function take(found: Discovered): void {
    discovered = remember(discovered, found);
    const { topology, access } = discovered;
    containers = new Map(topology.containers.map((container) => [container.name, container]));
    usage.keepOnly(new Set(topology.containers.map(({ id }) => id)));
    members.update(access);
  }

  function snapshot(at: number): Snapshot {
    const topology = discovered?.topology;
    const view = watch?.view ?? { state: 'reconnecting' as const, version: null, since: at, problem: null };
    const read = <S extends 'etcd' | 'patroni' | 'redis' | 'sentinel'>(system: S) =>
      members.read(system, topology?.members ?? [], at, intervalMs, containers) as Snapshot[S];
    return {
      schema: 1,
      at,
      intervalMs,
      engine: surveyProblem === null ? view : { ...view, problem: toProblem(surveyProblem) },
      stack: topology?.stack ?? '',
      profile: topology?.profile ?? null,
      containers: (topology?.containers ?? [])
        .map((container) => ({ ...container, usage: usage.read(container, at, intervalMs) }))
        .sort(byName),
      etcd: read('etcd'),
      patroni: read('patroni'),
      redis: read('redis'),
      sentinel: read('sentinel'),
    };
  }

  function publish(events: readonly EngineEvent[]): void {
    if (watch === null) return; // stopped
    const at = now();
    const taken = snapshot(at);
    const report = assess(taken);
    if (settled) {
      const happened = eventsBetween(previous, report, at);
      log.add(happened.map((event) => ({ ...event, at: engineTime(event, events) ?? event.at })));
      previous = report;
    }
    history.record(report, at);
    store.publish({ snapshot: taken, report, events: log.events, history });
    watchAges(at);
  }

  /** A member that falls silent is told so when its time is over, not at the next round. */
  function watchAges(at: number): void {
    if (ages !== null) clearTimeout(ages);
    const change = started ? members.nextChange(at, intervalMs) : null;
    ages = change === null ? null : setTimeout(() => publish([]), change - at);
  }

  /** Late answers come in a bunch, when the machine was busy: one frame for all of them. */
  function publishSoon(): void {
    if (late !== null) return;
    late = setTimeout(() => {
      late = null;
      publish([]);
    }, lateMs);
  }

  /** Asks everybody once, and publishes when all have answered or the round's time is over. */
  async function round(): Promise<void> {
    const engine = watch?.engine;
    let over = false;
    const asked = members.poll(
      (name) => isUp(containers.get(name)),
      () => over && publishSoon(),
    );
    const sampled =
      engine && watch?.view.state === 'connected'
        ? usage.sample(engine, ofStack(), (name) => wanted?.has(name) ?? true).catch(() => {}) // the watch tells of a lost engine
        : null;
    await Promise.race([Promise.all([asked, sampled]), sleep(roundMs, undefined, { ref: false })]);
    publish([]);
    over = true;
    await asked;
    if (settled || watch?.view.state !== 'connected') return;
    settled = true;
    publish([]);
  }

  /** The engine knows better than our clock when it was. */
  function engineTime({ source, subject }: Omit<StackEvent, 'id'>, events: readonly EngineEvent[]): number | null {
    const concerns = (container: Container | undefined): boolean =>
      container !== undefined && labelOf(container) === subject;
    return source === 'docker' ? (events.findLast(({ name }) => concerns(containers.get(name)))?.at ?? null) : null;
  }

  function ofStack(): readonly ContainerDetails[] {
    return (watch?.details ?? []).filter(({ container }) => containers.has(container.name));
  }

  /** By the clock that nobody sets: a wall clock put back must not stop the polling. */
  function tick(due: number): void {
    void round();
    const next = Math.max(due + intervalMs, performance.now());
    timer = setTimeout(() => tick(next), Math.max(0, next - performance.now()));
  }

  function open(): NonNullable<typeof watch> {
    watch ??= watchEngine({ connect, now, changed: resurvey });
    return watch;
  }

  return {
    store,
    start() {
      if (started) return;
      started = true;
      void open()
        .first.then(() => surveyed)
        .then(() => timer === null && watch !== null && tick(performance.now()));
    },
    async refresh() {
      await open().first;
      await open().resync();
      await surveyed;
      await round();
    },
    sampleOnly(names) {
      wanted = names;
    },
    tell(event) {
      log.add([event]);
      if (watch !== null) publish([]);
    },
    async stop() {
      for (const pending of [timer, late, ages]) if (pending !== null) clearTimeout(pending);
      watch?.stop();
      watch = null;
      members.close();
    },
  };
}
