import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { type ProblemKind, StackError } from '../stack/errors.ts';
import { dockerControl } from './control.ts';
import { demuxed } from './demux.ts';
import { type RawInspect, toDetails } from './details.ts';
import { dropRepeatedHealth, lines, toEvent, watchedActions } from './events.ts';
import { openLog } from './logs.ts';
import { getBytes, getJson, getStream, isNotFound, withDeadline } from './request.ts';
import { firstEntry } from './tar.ts';
import { closeTunnels } from './tunnel.ts';
import type { ContainerDetails, Engine, EngineEvent, ExecOptions, LogRange, LogStream } from './types.ts';
import { usageSampler } from './usage.ts';

const deadlineMs = 5000;
const inspectDeadlineMs = 2000;
/** An inspect costs the engine about a millisecond; more at once only makes it queue them. */
const inspectsAtOnce = 16;
const fileLimit = 1024 * 1024;

type Connection = { readonly address: string; readonly local: boolean; readonly rootless: boolean };

/** The engine behind a dockerode client, as the rest of the program sees it. */
export function dockerEngine(docker: Docker, { address, local, rootless }: Connection): Engine {
  let known: ReadonlyMap<string, ContainerDetails> = new Map();
  /** Whether containers have a terminal, which never changes. */
  const terminals = new Map<string, boolean>();
  const samplers: ReturnType<typeof usageSampler>[] = [];

  async function inspect(id: string): Promise<ContainerDetails | null> {
    const path = `/containers/${encodeURIComponent(id)}/json`;
    const call = { what: 'inspect container', path, deadlineMs: inspectDeadlineMs };
    try {
      return toDetails((await getJson(docker, call)) as RawInspect);
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  /**
   * The engine can hang on one container alone, or answer 500 for one that an unclean end has broken ("RWLayer of container
   * … is unexpectedly nil"); then what was known of it, with its present state, is better than no list.
   */
  async function inspectListed(summary: Summary): Promise<ContainerDetails | null> {
    try {
      return await inspect(summary.Id ?? '');
    } catch (error) {
      if (!(error instanceof StackError) || lostEngine.has(error.kind)) throw error;
      const before = known.get(summary.Id ?? '');
      const now = fromSummary(summary);
      return before === undefined ? now : { ...before, container: { ...before.container, state: now.container.state } };
    }
  }

  async function list(): Promise<readonly ContainerDetails[]> {
    const call = { what: 'list containers', path: '/containers/json', query: { all: 1 }, deadlineMs };
    const summaries = await getJson(docker, call);
    if (!Array.isArray(summaries)) throw new StackError('garbage', 'the engine answered list containers with no list');
    const waiting = (summaries as Summary[]).values();
    const found: ContainerDetails[] = [];
    const worker = async () => {
      for (const summary of waiting) {
        const details = await inspectListed(summary);
        if (details !== null) found.push(details);
      }
    };
    await Promise.all(Array.from({ length: inspectsAtOnce }, worker));
    known = new Map(found.map((details) => [details.container.id, details]));
    return found;
  }

  async function* events(signal: AbortSignal, opened: () => void): AsyncGenerator<EngineEvent> {
    const what = 'watch events';
    const filters = JSON.stringify({ type: ['container', 'network'], event: watchedActions });
    try {
      const stream = await getStream(docker, { what, path: '/events', query: { filters }, deadlineMs }, signal);
      opened();
      const isNew = dropRepeatedHealth();
      const nameOf = (id: string) => known.get(id)?.container.name ?? '';
      for await (const line of lines(stream)) {
        const event = toEvent(line, nameOf);
        if (event !== null && isNew(event)) yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      throw error instanceof StackError ? error : new StackError('closed', lost, { cause: error });
    }
    if (!signal.aborted) throw new StackError('closed', lost);
  }

  async function logs(id: string, range: LogRange, signal: AbortSignal): Promise<LogStream> {
    let tty = terminals.get(id);
    if (tty === undefined) {
      tty = (await inspect(id))?.tty === true;
      terminals.set(id, tty);
    }
    return openLog(docker, { id, tty }, range, signal);
  }

  function exec(id: string, argv: readonly string[], options: ExecOptions = {}): Promise<Duplex> {
    const { env = {}, onStderr, onExit } = options;
    const what = `run ${argv[0]} in container`;
    return withDeadline(what, deadlineMs, async (abortSignal) => {
      const Env = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      const streams = { AttachStdin: true, AttachStdout: true, AttachStderr: onStderr !== undefined, Tty: false };
      const process = await docker.getContainer(id).exec({ Cmd: [...argv], Env, ...streams, abortSignal });
      const connection = await process.start({ hijack: true, stdin: true, Tty: false });
      const path = `/exec/${encodeURIComponent(process.id)}/json`;
      const ended = async () => {
        const { ExitCode } = (await getJson(docker, { what, path, deadlineMs })) as { ExitCode?: number | null };
        onExit?.(ExitCode ?? -1);
      };
      return demuxed(connection, { ...(onStderr && { onStderr }), ...(onExit && { ended }) });
    });
  }

  async function readFile(id: string, path: string): Promise<string> {
    let wanted = path;
    for (let links = 0; links < 4; links++) {
      const call = { what: 'read file', path: `/containers/${id}/archive`, query: { path: wanted }, deadlineMs };
      const entry = firstEntry(await getBytes(docker, call, fileLimit + 8 * 512));
      if (entry === null) throw new StackError('rejected', `${path} in the container is no file`);
      if (entry.kind === 'file') {
        if (entry.size > fileLimit) throw new StackError('rejected', `${path} in the container is larger than 1 MiB`);
        return entry.content.toString();
      }
      wanted = new URL(entry.target, `file://${wanted}`).pathname;
    }
    throw new StackError('rejected', `${path} in the container is a loop of links`);
  }

  const engine: Engine = {
    address,
    local,
    rootless,
    version: async () => toVersion(await getJson(docker, { what: 'version', path: '/version', deadlineMs: 2000 })),
    time: async () => toTime(await getJson(docker, { what: 'info', path: '/info', deadlineMs })),
    ping: async () => {
      await getBytes(docker, { what: 'ping', path: '/_ping', deadlineMs: 1500 }, 1024);
    },
    list,
    inspect,
    events,
    exec,
    readFile,
    logs,
    usage: () => {
      const sampler = usageSampler(docker, local);
      samplers.push(sampler);
      return sampler;
    },
    control: dockerControl(docker),
    close: () => {
      for (const sampler of samplers) sampler.close();
      closeTunnels(engine);
      (docker.modem as { agent?: { destroy(): void } }).agent?.destroy();
    },
  };
  return engine;
}
/** No answer about one container, but the end of the connection. */
const lostEngine = new Set<ProblemKind>(['closed', 'no-engine', 'not-permitted']);
const lost = 'the event stream of the engine was lost';

type Summary = {
  Id?: string;
  Names?: string[] | null;
  Image?: string;
  State?: string;
  Labels?: Record<string, string>;
};

/** The little that the list itself tells of a container. */
function fromSummary({ Id = '', Names, Image = '', State = '', Labels }: Summary): ContainerDetails {
  return toDetails({ Id, Name: Names?.[0] ?? '', State: { Status: State }, Config: { Image, Labels: Labels ?? {} } });
}

/** `2026-11-23T18:31:04.123456789Z`, from GET /info. */
function toTime(answer: unknown): number {
  const at = Date.parse(String((answer as { SystemTime?: unknown } | null)?.SystemTime));
  if (Number.isNaN(at)) throw new StackError('garbage', 'the engine does not tell the time');
  return at;
}

/** `Docker 20.10.24`, `Podman 5.2.1`, from GET /version. */
export function toVersion(answer: unknown): string {
  const { Version, Components } = (answer ?? {}) as { Version?: unknown; Components?: { Name?: string }[] | null };
  if (typeof Version !== 'string') throw new StackError('garbage', 'what answers there is no container engine');
  const podman = Components?.some(({ Name }) => Name?.startsWith('Podman')) ?? false;
  return `${podman ? 'Podman' : 'Docker'} ${Version.split('+', 1)[0]}`;
}
