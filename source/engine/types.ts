import type { Duplex, Readable } from 'node:stream';
import type { UsageClaim } from '../stack/claims.ts';
import type { Container, Member, Topology, Via } from '../stack/topology.ts';

/** A container as inspected: what discovery reads. Holds secrets, so it never leaves engine/, probes/ and monitor/. */
export type ContainerDetails = {
  readonly container: Omit<Container, 'role'>;
  /** Entrypoint and command as one argv. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly hostname: string;
  /** Process id on the engine's machine; null when it does not run. */
  readonly pid: number | null;
  /** It has a terminal: what it writes comes as one stream without frames. Absent where it has none, or is not known. */
  readonly tty?: true;
  /** The kernel ended it for want of memory, the last time that it ended. */
  readonly oomKilled?: true;
  /** Why the engine could not start it: a taken port, a missing file. */
  readonly startError?: string;
  /** Container ports, published or only exposed; TCP only. */
  readonly ports: readonly {
    readonly port: number;
    readonly hostIp: string | null;
    readonly hostPort: number | null;
  }[];
  readonly networks: readonly {
    readonly name: string;
    readonly address: string | null;
    /** Where it has one beside an IPv4 address. */
    readonly ipv6?: string;
    /** Of its network card, while it runs. */
    readonly mac?: string;
    readonly aliases: readonly string[];
  }[];
  /** What lies on it from outside, by its place in the container; absent where the engine does not say. */
  readonly mounts?: readonly {
    readonly destination: string;
    /** `bind`, `volume`, `tmpfs` …, as the engine calls it. */
    readonly type: string;
    /** A volume's; one that nobody named has 64 hex digits. */
    readonly name: string | null;
  }[];
};

/** What the engine's event stream tells of containers: `kill`, `die`, `start`, `pause`, `health_status: healthy` … */
export type EngineEvent = {
  readonly containerId: string;
  readonly name: string;
  readonly project: string | null;
  readonly action: string;
  /** Engine's time, epoch ms with fractions (from timeNano). */
  readonly at: number;
  readonly attributes: Readonly<Record<string, string>>;
};

/** Where a member's port is reached from here. For `exec` it is a local listener tunnelled into the container. */
export type Endpoint = { readonly via: Via; readonly host: string; readonly port: number };

export type Credentials = { readonly username: string | null; readonly password: string | null };

/** How to reach and talk to one member. Holds secrets. Comparable by JSON, so that a change is noticed. */
export type Access = {
  readonly member: Member;
  /** etcd client API, Patroni REST, Redis or Sentinel port; null: no way in is known. */
  readonly endpoint: Endpoint | null;
  readonly credentials: Credentials;
  /** Postgres behind a Patroni member. */
  readonly postgres: {
    readonly endpoint: Endpoint | null;
    readonly credentials: Credentials;
    readonly database: string;
  } | null;
  /** Whether the endpoint wants TLS. */
  readonly tls: boolean;
};

export type Discovered = { readonly topology: Topology; readonly access: readonly Access[] };

export type UsageSampler = {
  /** Samples only these containers; rates come from the sample before. Never throws: a failed container is an Error. */
  sample(
    containers: readonly { readonly id: string; readonly pid: number | null }[],
  ): Promise<ReadonlyMap<string, UsageClaim | Error>>;
};

/** A container's place on one network, as it must be put back. */
export type NetworkSettings = {
  readonly network: string;
  /** Static addresses; null where the engine gave them. */
  readonly ipv4: string | null;
  readonly ipv6: string | null;
  /** Without the container's own short id, which the engine adds itself. */
  readonly aliases: readonly string[];
  readonly links: readonly string[];
};

/**
 * What changes a container. Each call resolves when the engine has done it, and throws StackError: `not-running` where the
 * container is not in the state that it takes (409), `rejected` where it does not exist.
 */
export type Control = {
  /** `signal`: SIGKILL when left out. Switches the restart policy off until the next start (moby daemon/kill.go). */
  kill(id: string, signal?: string): Promise<void>;
  /** `graceS`: seconds until SIGKILL; left out: as the container was configured. */
  stop(id: string, graceS?: number): Promise<void>;
  /** No error when it runs already. */
  start(id: string): Promise<void>;
  restart(id: string, graceS?: number): Promise<void>;
  pause(id: string): Promise<void>;
  unpause(id: string): Promise<void>;
  /** Where it is on its networks, as configured: also while it does not run. */
  networksOf(id: string): Promise<readonly NetworkSettings[]>;
  disconnect(id: string, network: string): Promise<void>;
  connect(id: string, settings: NetworkSettings): Promise<void>;
  /**
   * Runs a command in a throw-away container inside another's network namespace, with NET_ADMIN and NET_RAW and nothing
   * else; resolves with its exit code and output. The helper is removed whatever happens.
   */
  runBeside(
    id: string,
    helper: { readonly image: string; readonly argv: readonly string[]; readonly project: string },
  ): Promise<{ readonly exitCode: number; readonly output: string }>;
  /** Sends a command into a container and waits for its end; `root`: as root, whatever the image says. */
  command(
    id: string,
    argv: readonly string[],
    options?: { readonly root?: boolean },
  ): Promise<{ readonly exitCode: number; readonly output: string }>;
};

/** Which lines of a log are asked for. Moments are `SECONDS.NANOSECONDS` since the epoch, and both belong to it. */
export type LogRange = {
  /** The stream goes on until the container ends. */
  readonly follow?: boolean;
  readonly since?: string;
  readonly until?: string;
  /** So many lines from the end; all when left out. Taken before `since` is. */
  readonly tail?: number;
};

export type LogStream = {
  /** Each line, or part of one, behind its stamp, RFC 3339 with nanoseconds and a space. */
  readonly stream: Readable;
  /** In frames that tell stdout from stderr; false where the container has a terminal. */
  readonly framed: boolean;
  /** Parts of a long line have each a stamp of their own (Podman), not that of the first. */
  readonly stampsParts: boolean;
};

export type ExecOptions = {
  /** Beside the container's own; secrets belong here, since a command line is for everybody to read. */
  readonly env?: Readonly<Record<string, string>>;
  /** Is handed what it writes to stderr; dropped without. */
  readonly onStderr?: (text: Buffer) => void;
  /** Is told the exit code before the stream ends. */
  readonly onExit?: (exitCode: number) => void;
};

/** The container engine. Every call has a deadline and throws StackError; none retries. */
export type Engine = {
  /** `unix:///var/run/docker.sock`, `tcp://…`: what it is connected to. */
  readonly address: string;
  /** Whether containers' processes and cgroups are this machine's. */
  readonly local: boolean;
  /** Containers' addresses lie in a network namespace of their own and can't be dialled from here. */
  readonly rootless?: boolean;
  /** `Docker 20.10.24`. */
  version(): Promise<string>;
  /** The engine's clock, epoch ms. */
  time(): Promise<number>;
  /** Cheap proof of life, for an engine that hangs without closing its socket. */
  ping(): Promise<void>;
  /** All containers, running or not. */
  list(): Promise<readonly ContainerDetails[]>;
  /** null when it no longer exists. */
  inspect(id: string): Promise<ContainerDetails | null>;
  /** Container events from now on; `opened` is called once the stream stands. Ends by throwing when the stream is lost. */
  events(signal: AbortSignal, opened: () => void): AsyncIterable<EngineEvent>;
  /** A process in the container with its stdio as one stream. */
  exec(id: string, argv: readonly string[], options?: ExecOptions): Promise<Duplex>;
  /** A file's text from the container, at most 1 MiB. */
  readFile(id: string, path: string): Promise<string>;
  /** What a container wrote, running or not. `signal` ends the stream. Throws StackError, `rejected` where it can't be read. */
  logs(id: string, range: LogRange, signal: AbortSignal): Promise<LogStream>;
  usage(): UsageSampler;
  readonly control: Control;
  close(): void;
};
