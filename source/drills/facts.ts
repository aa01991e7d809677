import { option } from '../engine/command.ts';
import type { ContainerDetails, Engine } from '../engine/types.ts';
import { hasNetem } from './fault-network.ts';
import { isLeftBehind } from './heal.ts';
import type { Journal } from './journal.ts';
import type { Facts, Ground } from './types.ts';

/** etcd's own default (etcd server/embed/config.go), ms. */
const usualElectionMs = 1_000;

/** Before anything was looked at. */
export const noFacts: Facts = {
  etcdElectionMs: usualElectionMs,
  netem: null,
  remote: null,
  journal: [],
  running: null,
  leaseLeftMs: null,
};

/** Looks at what planning cannot see in a snapshot. `netem` is kept from before where it is known: kernels do not change. */
export async function readFacts(ground: Ground, journal: Journal, before: Facts): Promise<Facts> {
  const { engine, project } = ground;
  const access = await ground.survey();
  const [details, listed] = await Promise.all([engine.list(), journal.list()]);
  const entries = listed.entries.filter((entry) => entry.project === project);
  const left = await Promise.all(entries.map((entry) => isLeftBehind(entry, Date.now())));
  const living = entries.find((_, index) => !left[index]);
  const etcd = new Set(access.flatMap(({ member }) => (member.system === 'etcd' ? [member.container] : [])));
  const elections = details.filter(({ container }) => etcd.has(container.name)).map(electionMs);
  return {
    etcdElectionMs: elections.length === 0 ? usualElectionMs : Math.max(...elections),
    netem: before.netem,
    remote: engine.local ? null : (URL.parse(engine.address.replace(/^tcp:/, 'http:'))?.hostname ?? engine.address),
    journal: entries.filter((_, index) => left[index]),
    running: living === undefined ? null : { pid: living.owner.pid, drill: living.drill },
    // It changes every few seconds: read when the fault is about to come.
    leaseLeftMs: null,
  };
}

/** Whether the engine's kernel delays packets, found out beside a member that runs; the helper's image must be there. */
export async function readNetem(engine: Engine, project: string): Promise<boolean | null> {
  const running = (await engine.list()).find(
    ({ container }) => container.project === project && container.state === 'running',
  );
  return running === undefined ? null : hasNetem(engine.control, running.container.id, project);
}

function electionMs({ env, argv }: ContainerDetails): number {
  return Number(option(argv, 'election-timeout') ?? env.ETCD_ELECTION_TIMEOUT) || usualElectionMs;
}
