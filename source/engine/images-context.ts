import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

type Stage = {
  readonly name: string;
  readonly from: string;
  readonly text: string;
  readonly copies: readonly string[];
};

/**
 * A hash over everything that goes into one target of a Dockerfile: the base image's name ('' for the usual one), its stages
 * and those they build on, and the files these copy, with their execute bits. A change elsewhere leaves it as it is, so only the images concerned are built again.
 */
export async function contextHash(folder: string, target: string, base: string): Promise<string> {
  const stages = stagesFor(parseDockerfile(await readFile(join(folder, 'Dockerfile'), 'utf8')), target);
  const hash = createHash('sha256').update(base);
  for (const stage of stages) hash.update(`${stage.text}\n`);
  const copied = [...new Set(stages.flatMap((stage) => stage.copies))].sort();
  for (const path of copied) await hashPath(hash, folder, path.replace(/\/+$/, ''));
  return hash.digest('hex');
}

/** Splits a Dockerfile into its stages; what stands before the first one belongs to all (global ARGs). */
export function parseDockerfile(text: string): readonly Stage[] {
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const stages: Stage[] = [];
  const global: string[] = [];
  for (const line of lines) {
    const from = /^FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(line);
    const last = stages.pop();
    if (from !== null) {
      if (last !== undefined) stages.push(last);
      const name = (from[2] ?? String(stages.length)).toLowerCase();
      stages.push({ name, from: from[1]?.toLowerCase() ?? '', text: [...global, line].join('\n'), copies: [] });
    } else if (last === undefined) global.push(line);
    else stages.push({ ...last, text: `${last.text}\n${line}`, copies: [...last.copies, ...copiesOf(line)] });
  }
  return stages;
}

/** The target ('' = the last stage) and everything it is built from, in the file's order. */
export function stagesFor(stages: readonly Stage[], target: string): readonly Stage[] {
  const wanted = new Set([target === '' ? stages.at(-1)?.name : target.toLowerCase()]);
  for (const stage of [...stages].reverse()) {
    if (!wanted.has(stage.name)) continue;
    wanted.add(stage.from);
    for (const [, from] of stage.text.matchAll(/--from=(\S+)/g)) wanted.add(from?.toLowerCase());
  }
  return stages.filter((stage) => wanted.has(stage.name));
}

/** A Dockerfile with the stages that a target needs and no other, letter by letter, so that a builder's cache still fits. */
export function onlyStages(text: string, target: string): string {
  const stages = parseDockerfile(text);
  const needed = new Set(stagesFor(stages, target).map(({ name }) => name));
  const [before = '', ...blocks] = text.split(/^(?=FROM\s)/m);
  return [before, ...blocks.filter((_, at) => needed.has(stages[at]?.name ?? ''))].join('');
}

function copiesOf(line: string): readonly string[] {
  if (!/^(COPY|ADD)\s/i.test(line) || line.includes('--from=')) return [];
  return line
    .split(/\s+/)
    .slice(1, -1)
    .filter((word) => !word.startsWith('--'));
}

async function hashPath(hash: ReturnType<typeof createHash>, folder: string, path: string): Promise<void> {
  const full = join(folder, path);
  const info = await stat(full).catch(() => null);
  if (info === null) {
    hash.update(`${path} missing\n`);
  } else if (info.isDirectory()) {
    for (const name of (await readdir(full)).sort()) await hashPath(hash, folder, `${path}/${name}`);
  } else {
    hash.update(`${path} ${(info.mode & 0o100) === 0 ? 'file' : 'program'} ${info.size}\n`);
    hash.update(await readFile(full));
  }
}
