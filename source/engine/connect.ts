import { existsSync } from 'node:fs';
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import { StackError } from '../stack/errors.ts';
import { type Candidate, candidates } from './address.ts';
import { dockerEngine, toVersion } from './docker.ts';
import { getJson } from './request.ts';
import { readText, surroundings } from './surroundings.ts';
import type { Engine } from './types.ts';

type Options = { readonly host: string | null; readonly env: Readonly<Record<string, string | undefined>> };

/** How long one place may take to answer before the next is tried. */
const deadlineMs = 3000;

/**
 * Connects to the first engine that answers: --host, DOCKER_HOST, the current Docker context, the usual sockets of
 * Docker and Podman. Throws StackError: `no-engine` names what was tried, `not-permitted` says what opens the socket,
 * `usage` says that an address is none.
 */
export async function connectEngine({ host, env }: Options): Promise<Engine> {
  return connectFirst(candidates(host, surroundings(env)));
}

/** Connects to the first of these that answers; throws as `connectEngine` does. */
export async function connectFirst(places: readonly Candidate[]): Promise<Engine> {
  const tried: Failure[] = [];
  for (const candidate of places) {
    try {
      return await connect(candidate);
    } catch (error) {
      tried.push({ candidate, error: error as StackError });
    }
  }
  throw explain(tried);
}

type Failure = { readonly candidate: Candidate; readonly error: StackError };

async function connect(candidate: Candidate): Promise<Engine> {
  const { address } = candidate;
  if (address.startsWith('unix://') && !existsSync(address.slice('unix://'.length))) {
    throw new StackError('no-engine', 'no such socket');
  }
  const docker = new Docker(clientOptions(candidate));
  const [version, info] = await Promise.all([
    getJson(docker, { what: 'version', path: '/version', deadlineMs }),
    getJson(docker, { what: 'info', path: '/info', deadlineMs }),
  ]);
  toVersion(version);
  const { Name, SecurityOptions } = info as { Name?: string; SecurityOptions?: string[] | null };
  return dockerEngine(docker, {
    address,
    // Behind Docker Desktop's socket is a virtual machine, which has a name of its own.
    local: process.platform === 'linux' && address.startsWith('unix://') && Name === hostname(),
    rootless: SecurityOptions?.some((option) => option.includes('rootless')) ?? false,
  });
}

/** Everything that docker-modem would otherwise take from DOCKER_HOST is set, also to undefined. */
function clientOptions({ address, certificates }: Candidate): Docker.DockerOptions {
  const pipe = /^(?:unix|npipe):\/\/(.*)$/.exec(address)?.[1];
  const none = { host: undefined, port: undefined, socketPath: undefined };
  if (pipe !== undefined)
    return { ...none, protocol: 'http', socketPath: pipe, agent: opaque(new Agent(kept)) } as object;
  const url = new URL(address.replace(/^tcp:/, 'http:'));
  const target = { ...none, host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port, pathPrefix: '/' };
  if (url.protocol === 'http:') return { ...target, protocol: 'http', agent: opaque(new Agent(kept)) } as object;
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readText(join(certificates ?? '', name)));
  const tls = { ca: ca ?? undefined, cert: cert ?? undefined, key: key ?? undefined };
  return { ...target, ...tls, protocol: 'https', port: url.port || '443', agent: opaque(new TlsAgent(kept)) } as object;
}

const kept = { keepAlive: true, maxFreeSockets: 4 };

/**
 * docker-modem formats every request with `util.inspect` at full depth, for a debug line that nobody reads. Through the
 * agent that reaches all sockets: some 20 ms a call with 16 of them open.
 */
function opaque(agent: Agent): Agent {
  return Object.assign(agent, { [inspect.custom]: () => 'Agent' });
}

function explain(tried: readonly Failure[]): StackError {
  const closed = tried.find(({ error }) => error.kind === 'not-permitted');
  if (closed !== undefined) return notPermitted(closed);
  const places = tried.map(({ candidate, error }) => {
    const source = candidate.source === 'usual place' ? '' : ` from ${candidate.source}`;
    return `${candidate.address}${source} (${reasonOf(error)})`;
  });
  const advice =
    tried.length === 1 ? 'start it, or name another with --host' : 'start Docker or Podman, or name one with --host';
  return new StackError('no-engine', `no container engine answers at ${places.join(', ')}: ${advice}`, {
    cause: tried[0]?.error,
  });
}

function notPermitted({ candidate: { address }, error }: Failure): StackError {
  const advice = address.includes('podman')
    ? 'run as root, or start your own with "systemctl --user start podman.socket"'
    : 'add yourself to its group with "sudo usermod -aG docker $USER", then log in again';
  return new StackError('not-permitted', `${address} is there but closed to you: ${advice}`, { cause: error });
}

/** A few words for the list of what was tried. */
function reasonOf(error: StackError): string {
  const code = (error.cause as { code?: string } | undefined)?.code;
  if (code === 'ECONNREFUSED') return 'nobody listens';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'unknown host';
  if (error.kind === 'timeout') return 'no answer';
  return error.kind === 'no-engine' ? (code ?? error.message) : error.message;
}
