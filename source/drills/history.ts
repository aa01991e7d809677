import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stateDir, writePrivately } from '../engine/state-dir.ts';
import type { DrillReport } from './types.ts';

/** So many reports of a drill are kept. */
const kept = 200;

/** Where the reports of a drill are. The drill's name may be a user's own, and so is no path. */
const folderOf = (env: NodeJS.ProcessEnv, project: string, drill: string): string =>
  join(stateDir(env, project), 'drills', encodeURIComponent(drill).replace(/^\.+/, '_'));

/** Keeps a report under the state directory, the newest 200 of each drill. Returns its path. @throws when the disk refuses */
export async function keepReport(env: NodeJS.ProcessEnv, project: string, report: DrillReport): Promise<string> {
  const folder = folderOf(env, project, report.drill);
  const path = join(folder, `${new Date(report.startedAt).toISOString().replaceAll(':', '-')}.json`);
  await writePrivately(path, `${JSON.stringify(report)}\n`);
  const old = (await namesIn(folder)).slice(0, -kept);
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
  return path;
}

/**
 * The reports kept of a drill, oldest first, at most the newest `most`. A file that is none of ours is left out and noted in
 * a sentence.
 */
export async function readHistory(
  env: NodeJS.ProcessEnv,
  project: string,
  drill: string,
  most = kept,
): Promise<{ readonly reports: readonly DrillReport[]; readonly notes: readonly string[] }> {
  const folder = folderOf(env, project, drill);
  const names = (await namesIn(folder)).slice(-most);
  const read = await Promise.all(names.map((name) => readReport(join(folder, name), drill)));
  return {
    reports: read.filter((one) => typeof one !== 'string').sort((a, b) => a.startedAt.localeCompare(b.startedAt)),
    notes: read.filter((one) => typeof one === 'string'),
  };
}

/** The names begin with the time, so their order is that of the runs. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function readReport(path: string, drill: string): Promise<DrillReport | string> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isReport(value) && value.drill === drill ? value : `${path} is left out: it is no report of ${drill}.`;
  } catch (error) {
    const why = error instanceof SyntaxError ? 'it is damaged' : error instanceof Error ? error.message : String(error);
    return `${path} is left out: ${why}.`;
  }
}

/** What those who compare and print rely on. */
function isReport(value: unknown): value is DrillReport {
  if (!isRecord(value) || value.schema !== 1) return false;
  return (
    ['drill', 'verdict', 'why', 'startedAt', 'endedAt'].every((key) => typeof value[key] === 'string') &&
    Array.isArray(value.timeline) &&
    Array.isArray(value.systems) &&
    value.systems.every(
      (system) => isRecord(system) && [system.phases, system.writes, system.predicted, system.lane].every(isRecord),
    )
  );
}
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
