import { outputOf } from '../engine/demux.ts';
import type { ContainerDetails, Engine } from '../engine/types.ts';
import { plain } from '../stack/format.ts';
import type { DoctorFacts } from './facts-types.ts';
import { askDeadlineMs, type Unread } from './facts-unread.ts';

const linesEach = 40;
const mostBytes = 64 * 1024;
/** A container in a loop runs between two ends; the pause between them grows to a minute (moby restartmanager). */
const loopsWithinMs = 120_000;

/** Whether it starts again and again: between two starts now, or started for the third time within two minutes. */
function isLooping(
  { state, restarts, startedAt }: Pick<ContainerDetails['container'], 'state' | 'restarts' | 'startedAt'>,
  now: number,
): boolean {
  if (state === 'restarting') return true;
  return state === 'running' && restarts >= 3 && startedAt !== null && now - startedAt < loopsWithinMs;
}

/** Whether it ended by itself with an error; 137 and 143 are how it ends when somebody ends it. */
const hasDied = ({ state, exitCode }: Pick<ContainerDetails['container'], 'state' | 'exitCode'>): boolean =>
  state === 'dead' || (state === 'exited' && ![0, 137, 143, null].includes(exitCode));

/** What those containers said last that restart in a loop, or died; without the secrets they are given. */
export async function readLastLines(
  engine: Engine,
  details: readonly ContainerDetails[],
  now: number,
  unread: Unread,
): Promise<DoctorFacts['lastLines']> {
  const ailing = details.filter(({ container }) => isLooping(container, now) || hasDied(container));
  const read = await Promise.all(
    ailing.map(async (each) => {
      const { name } = each.container;
      const lines = await unread.attempt(`The last lines of ${name}`, () => tail(engine, each));
      return [name, lines ?? []] as const;
    }),
  );
  return Object.fromEntries(read);
}

async function tail(engine: Engine, details: ContainerDetails): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(askDeadlineMs);
  const { stream, framed } = await engine.logs(details.container.id, { tail: linesEach }, signal);
  const text = framed ? await outputOf(stream, mostBytes) : await textOf(stream);
  const mask = masker(details.env);
  return text
    .split(/\r?\n/)
    .map((line) => mask(plain(line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, ''))))
    .filter((line) => line.trim() !== '');
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).subarray(0, mostBytes).toString();
}

/** Takes out of a line what a container knows as a secret, and what stands where secrets stand. */
function masker(env: Readonly<Record<string, string>>): (line: string) => string {
  const secrets = Object.entries(env)
    .filter(([name, value]) => /pass|secret|token|auth|credential|key/i.test(name) && value.length >= 4)
    .map(([, value]) => value);
  return (line) =>
    secrets
      .reduce((masked, secret) => masked.replaceAll(secret, '***'), line)
      .replace(/(:\/\/[^\s:@/]*):[^\s@/]+@/g, '$1:***@')
      .replace(/\b((?:requirepass|masterauth|auth-pass \S+|sentinel-pass)["']?\s+)\S+/gi, '$1***')
      .replace(/\b(password["']?\s*[=:]\s*)\S+/gi, '$1***')
      .replace(/^(.*\buser \S+ .*?>)\S+/, '$1***');
}
