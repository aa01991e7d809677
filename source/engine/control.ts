import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { StackError } from '../stack/errors.ts';
import { outputOf } from './demux.ts';
import type { RawInspect } from './details.ts';
import { getJson, isNotFound, send, sendForStream, withDeadline } from './request.ts';
import type { Control, NetworkSettings } from './types.ts';

const deadlineMs = 10_000;
/** The engine waits up to 10 s for a killed process to be gone (moby daemon/kill.go). */
const killDeadlineMs = 15_000;
/** Seconds until SIGKILL where the container says nothing (moby container.DefaultStopTimeout). */
const usualGraceS = 10;
const helperDeadlineMs = 30_000;
const outputLimit = 1024 * 1024;

/** What changes a container, over the engine's HTTP interface as Docker and Podman both speak it. */
export function dockerControl(docker: Docker): Control {
  const pathOf = (id: string, rest: string) => `/containers/${encodeURIComponent(id)}${rest}`;
  const inspect = async (id: string) =>
    (await getJson(docker, { what: 'inspect container', path: pathOf(id, '/json'), deadlineMs })) as RawInspect;
  const post = async (what: string, path: string, more: { query?: Query; body?: object; deadlineMs?: number } = {}) =>
    send(docker, { method: 'POST', what, path, deadlineMs, ...more }).catch((error: unknown) => {
      throw asNotRunning(error, what);
    });

  /** Stopping may take the container's whole grace, and then the kill. */
  async function withGrace(what: 'stop' | 'restart', id: string, graceS: number | undefined): Promise<void> {
    const grace = graceS ?? (await inspect(id)).Config?.StopTimeout ?? usualGraceS;
    const query = graceS === undefined ? {} : { t: graceS };
    await post(`${what} container`, pathOf(id, `/${what}`), { query, deadlineMs: grace * 1000 + killDeadlineMs });
  }

  return {
    kill: async (id, signal = 'SIGKILL') => {
      await post('kill container', pathOf(id, '/kill'), { query: { signal }, deadlineMs: killDeadlineMs });
    },
    stop: (id, graceS) => withGrace('stop', id, graceS),
    start: async (id) => {
      await post('start container', pathOf(id, '/start'), { deadlineMs: killDeadlineMs });
    },
    restart: (id, graceS) => withGrace('restart', id, graceS),
    pause: async (id) => {
      await post('pause container', pathOf(id, '/pause'));
    },
    unpause: async (id) => {
      await post('unpause container', pathOf(id, '/unpause'));
    },
    networksOf: async (id) => toNetworkSettings(await inspect(id)),
    disconnect: async (id, network) => {
      const body = { Container: id, Force: false };
      await post('disconnect from network', `/networks/${encodeURIComponent(network)}/disconnect`, { body });
    },
    connect: async (id, settings) => {
      const body = { Container: id, EndpointConfig: toEndpoint(settings) };
      await post('connect to network', `/networks/${encodeURIComponent(settings.network)}/connect`, { body });
    },

    runBeside: async (id, { image, argv, project }) => {
      const body = {
        Image: image,
        Entrypoint: [argv[0]],
        Cmd: argv.slice(1),
        User: '0',
        Labels: { [helperLabel]: project, [madeLabel]: String(Date.now()) },
        Healthcheck: { Test: ['NONE'] },
        HostConfig: {
          NetworkMode: `container:${id}`,
          CapDrop: ['ALL'],
          CapAdd: ['NET_ADMIN', 'NET_RAW'],
          AutoRemove: true, // also when this process dies in the middle
          RestartPolicy: { Name: 'no' },
          LogConfig: { Type: 'json-file' },
        },
      };
      const { Id = '' } = (await post('create helper', '/containers/create', { body })) as { Id?: string };
      try {
        const query = { stream: true, stdout: true, stderr: true };
        const attach = { method: 'POST', what: 'attach to helper', path: pathOf(Id, '/attach'), query } as const;
        const output = textOf('run helper', await sendForStream(docker, { ...attach, deadlineMs }), helperDeadlineMs);
        const ended = post('wait for helper', pathOf(Id, '/wait'), {
          query: { condition: 'next-exit' },
          deadlineMs: helperDeadlineMs,
        });
        ended.catch(() => {}); // awaited below, unless the start fails
        output.catch(() => {});
        await post('start helper', pathOf(Id, '/start'), { deadlineMs: killDeadlineMs });
        const { StatusCode = -1 } = (await ended) as { StatusCode?: number };
        return { exitCode: StatusCode, output: await output };
      } finally {
        await remove(docker, pathOf(Id, ''));
        await removeStranded(docker, project);
      }
    },

    command: async (id, argv, { root = false } = {}) => {
      const create = { AttachStdout: true, AttachStderr: true, Tty: false, Cmd: argv, ...(root ? { User: '0' } : {}) };
      const what = `run ${argv[0]} in container`;
      const { Id = '' } = (await post(what, pathOf(id, '/exec'), { body: create })) as { Id?: string };
      const path = `/exec/${encodeURIComponent(Id)}`;
      const start = { method: 'POST', what, path: `${path}/start`, body: { Detach: false, Tty: false } } as const;
      const stream = await sendForStream(docker, { ...start, deadlineMs }).catch((error: unknown) => {
        throw asNotRunning(error, what);
      });
      const output = await textOf(what, stream, deadlineMs);
      const { ExitCode } = (await getJson(docker, { what, path: `${path}/json`, deadlineMs })) as { ExitCode?: number };
      return { exitCode: ExitCode ?? -1, output };
    },
  };
}

type Query = Readonly<Record<string, string | number | boolean>>;

/** On every helper container: the project that it works for. */
export const helperLabel = 'paws-top.helper';
/** When it was made, epoch ms by the clock of this program's machine. */
const madeLabel = 'paws-top.made';
/** A helper that is still not started after that belongs to a process that died. */
const strandedMs = 1_500;

/** Where a container is on its networks, as configured. Being on the host's network, or on none, is not a place. */
function toNetworkSettings(raw: RawInspect): readonly NetworkSettings[] {
  const shortId = (raw.Id ?? '').slice(0, 12);
  return Object.entries(raw.NetworkSettings?.Networks ?? {})
    .filter(([network]) => network !== 'host' && network !== 'none')
    .map(([network, endpoint]) => ({
      network,
      ipv4: endpoint?.IPAMConfig?.IPv4Address || null,
      ipv6: endpoint?.IPAMConfig?.IPv6Address || null,
      aliases: (endpoint?.Aliases ?? []).filter((alias) => alias !== shortId),
      links: endpoint?.Links ?? [],
    }));
}

function toEndpoint({ ipv4, ipv6, aliases, links }: NetworkSettings): object {
  const addresses = {
    ...(ipv4 === null ? {} : { IPv4Address: ipv4 }),
    ...(ipv6 === null ? {} : { IPv6Address: ipv6 }),
  };
  return {
    // An empty one would ask the default network, which takes no addresses, for one.
    ...(ipv4 === null && ipv6 === null ? {} : { IPAMConfig: addresses }),
    ...(aliases.length === 0 ? {} : { Aliases: aliases }),
    ...(links.length === 0 ? {} : { Links: links }),
  };
}

/** Some of these the engines answer with 500 and a sentence. */
function asNotRunning(error: unknown, what: string): unknown {
  const cause = error instanceof StackError ? (error.cause as { json?: { message?: string } } | undefined) : undefined;
  const said = cause?.json?.message ?? '';
  if (!/is not paused|is not running|already paused|container state improper/i.test(said)) return error;
  return new StackError('not-running', `the container does not run (${what})`, { cause });
}

/** The whole output, stdout and stderr as they came; what takes longer than the deadline is cut off with an error. */
function textOf(what: string, stream: Readable, withinMs: number): Promise<string> {
  return withDeadline(what, withinMs, async (signal) => {
    signal.addEventListener('abort', () => stream.destroy(), { once: true });
    return outputOf(stream, outputLimit);
  });
}

/** Already gone, or going: as good. */
async function remove(docker: Docker, path: string): Promise<void> {
  const query = { force: true, v: true };
  const call = { method: 'DELETE', what: 'remove helper', path, query, deadlineMs } as const;
  await send(docker, call).catch((error: unknown) => {
    if (!isNotFound(error) && !(error instanceof StackError && error.kind === 'not-running')) throw error;
  });
}

/** The engine removes a helper when it ends, but one that was never started stays. */
async function removeStranded(docker: Docker, project: string): Promise<void> {
  const filters = JSON.stringify({ label: [`${helperLabel}=${project}`], status: ['created'] });
  const list = { what: 'list helpers', path: '/containers/json', query: { all: 1, filters }, deadlineMs };
  const found = (await getJson(docker, list)) as { Id?: string; Labels?: Readonly<Record<string, string>> | null }[];
  const stranded = found.filter(({ Labels }) => Date.now() - Number(Labels?.[madeLabel]) > strandedMs);
  for (const { Id = '' } of stranded) await remove(docker, `/containers/${encodeURIComponent(Id)}`);
}
