import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { StackError } from '../stack/errors.ts';

/** One place where an engine may answer, and who named it. */
export type Candidate = {
  /** `unix:///var/run/docker.sock`, `tcp://host:2375`, `https://host:2376`, `npipe:////./pipe/docker_engine`. */
  readonly address: string;
  /** `--host`, `DOCKER_HOST`, `context NAME`, `usual place`. */
  readonly source: string;
  /** Folder with ca.pem, cert.pem and key.pem, where TLS is wanted. */
  readonly certificates: string | null;
};

/** What the search looks at, so that a test can lay it out. `read` is null where there is no such file. */
export type Surroundings = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly uid: number | null;
  readonly read: (path: string) => string | null;
};

/**
 * Where to look for an engine, in order. A place that somebody named is the only one tried: silently showing another
 * engine than the one asked for would be worse than none. Order as in the docker CLI (docker/cli cli/command/cli.go:
 * --host, DOCKER_HOST, DOCKER_CONTEXT, currentContext), then the usual sockets of Docker and Podman.
 */
export function candidates(host: string | null, { env, home, uid, read }: Surroundings): Candidate[] {
  const named = host ?? (env.DOCKER_HOST || null);
  if (named !== null) {
    const wantsTls = (env.DOCKER_TLS_VERIFY ?? '') !== '';
    const folder = env.DOCKER_CERT_PATH || join(env.DOCKER_CONFIG || join(home, '.docker'));
    const address = normalize(named, wantsTls);
    const certificates = address.startsWith('https://') ? folder : null;
    return [{ address, source: host === null ? 'DOCKER_HOST' : '--host', certificates }];
  }
  const context = contextCandidate({ env, home, uid, read });
  return context === null ? usualPlaces(env, home, uid) : [context];
}

/** The endpoint of the current context (docker/cli cli/context/store: folders are named by the SHA-256 of the name). */
function contextCandidate({ env, home, read }: Surroundings): Candidate | null {
  const folder = env.DOCKER_CONFIG || join(home, '.docker');
  const name = env.DOCKER_CONTEXT || stringAt(parse(read(join(folder, 'config.json'))), ['currentContext']);
  if (name === null || name === '' || name === 'default') return null;
  const digest = createHash('sha256').update(name).digest('hex');
  const meta = parse(read(join(folder, 'contexts', 'meta', digest, 'meta.json')));
  const host = stringAt(meta, ['Endpoints', 'docker', 'Host']);
  if (host === null) {
    throw new StackError('no-engine', `the Docker context "${name}" does not exist; "docker context ls" lists them`);
  }
  const certificates = join(folder, 'contexts', 'tls', digest, 'docker');
  const secured = read(join(certificates, 'cert.pem')) !== null;
  const address = normalize(host, secured);
  return { address, source: `context ${name}`, certificates: secured ? certificates : null };
}

function usualPlaces(env: Surroundings['env'], home: string, uid: number | null): Candidate[] {
  const runtime = env.XDG_RUNTIME_DIR || (uid === null ? null : `/run/user/${uid}`);
  const sockets = [
    '/var/run/docker.sock',
    join(home, '.docker', 'run', 'docker.sock'),
    ...(runtime === null ? [] : [join(runtime, 'docker.sock'), join(runtime, 'podman', 'podman.sock')]),
    '/run/podman/podman.sock',
  ];
  return [...new Set(sockets)].map((path) => ({
    address: `unix://${path}`,
    source: 'usual place',
    certificates: null,
  }));
}

/** Checks an address and brings it into one form. Throws `usage` when it is none, or of a kind that is not supported. */
function normalize(text: string, wantsTls: boolean): string {
  const value = text.trim();
  if (/^(unix|npipe):\/\/./.test(value)) return value;
  if (value.startsWith('/')) return `unix://${value}`;
  if (value.startsWith('ssh://')) {
    const target = value.slice('ssh://'.length);
    throw new StackError(
      'usage',
      `ssh:// engines are not supported; forward the socket and name that: "ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock ${target}" and --host unix:///tmp/engine.sock`,
    );
  }
  const url = URL.parse(value.includes('://') ? value : `tcp://${value}`);
  if (url === null || url.hostname === '' || !['tcp:', 'http:', 'https:'].includes(url.protocol)) {
    throw new StackError(
      'usage',
      `"${value}" is no engine address; allowed are unix:///path, tcp://host:port, http://host:port and https://host:port`,
    );
  }
  const secured = wantsTls || url.protocol === 'https:' || url.port === '2376';
  return `${secured ? 'https' : 'tcp'}://${url.hostname}:${url.port || (secured ? '2376' : '2375')}`;
}

function parse(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function stringAt(value: unknown, path: readonly string[]): string | null {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return null;
    current = (current as Record<string, unknown>)[key];
  }
  return typeof current === 'string' ? current : null;
}
