import type { ComposeProject } from '../engine/compose.ts';
import { engineTools } from '../engine/setup.ts';
import { advice } from '../engine/setup-advice.ts';
import { readMachine, withSystemPath } from '../engine/setup-machine.ts';
import { survey } from '../engine/survey.ts';
import type { ContainerDetails, Engine } from '../engine/types.ts';
import { StackError, toProblem } from '../stack/errors.ts';
import { readEngineFacts } from './facts-engine.ts';
import { readMachineFacts } from './facts-machine.ts';
import { readStackFacts } from './facts-stack.ts';
import type { DoctorFacts } from './facts-types.ts';

export type FactsMeans = {
  /** `--host`; null: the usual search. */
  readonly host: string | null;
  readonly env: NodeJS.ProcessEnv;
  /** null: the stack with the most members. */
  readonly project: string | null;
  readonly connect: () => Promise<Engine>;
  /** What the monitor sees; null: nothing yet. */
  readonly seen: () => Promise<DoctorFacts['seen']>;
  /** The compose file behind these containers; without any, ours. @throws StackError why it is not known */
  readonly compose: (containers: readonly ContainerDetails[], project: string | null) => Promise<ComposeProject>;
};

/** Everything that the checks look at, read at once. @throws StackError only where the engine is none that we know */
export async function readFacts(means: FactsMeans): Promise<DoctorFacts> {
  const seen = means.seen().catch(() => null);
  const machine = readMachineFacts();
  const blank = { engine: null, containers: [], compose: null, patroni: [], redis: [], sentinel: [], etcd: [] };
  const opened = await means.connect().catch((error: unknown) => error);
  if (!isEngine(opened)) {
    const unread = ['the engine and everything that runs on it: none answers'];
    return { ...blank, seen: await seen, machine, noEngine: noEngine(opened, means.env), lastLines: {}, unread };
  }
  try {
    const [sight, read] = await Promise.all([seen, readAll(opened, means)]);
    return { ...read, seen: sight, machine };
  } finally {
    opened.close();
  }
}

type Read = Omit<DoctorFacts, 'seen' | 'machine' | 'noEngine'>;

async function readAll(engine: Engine, means: FactsMeans): Promise<Read> {
  const all = await engine.list();
  const { topology, access } = await survey(engine, all, means);
  const names = new Set(topology.containers.map(({ name }) => name));
  const containers = all.filter(({ container }) => names.has(container.name));
  const unread: string[] = [];
  const stack = containers[0]?.container.project ?? means.project;
  const project = await means.compose(containers, stack).catch((error: unknown) => {
    unread.push(`the compose file: ${toProblem(error).message}`);
    return null;
  });
  const tools = engineTools(engine.address, means);
  const [surroundings, system] = await Promise.all([
    readEngineFacts({ engine, ...tools, env: means.env, profile: topology.profile, all, containers, project }),
    readStackFacts({ engine, access, details: containers }),
  ]);
  return {
    ...system,
    engine: surroundings.engine,
    containers,
    compose: project && { path: project.path, own: project.own, file: project.file },
    unread: [...unread, ...surroundings.unread, ...system.unread],
  };
}

const isEngine = (opened: unknown): opened is Engine =>
  typeof opened === 'object' && opened !== null && 'inspect' in opened;

function noEngine(error: unknown, env: NodeJS.ProcessEnv): NonNullable<DoctorFacts['noEngine']> {
  const said = toProblem(error).message;
  // A closed socket says itself what opens it; an address that was named is mended by naming another.
  if (error instanceof StackError && error.kind !== 'no-engine') return { said, advice: said };
  return { said, advice: advice(readMachine(withSystemPath(env)), { engine: true, compose: false }) };
}
