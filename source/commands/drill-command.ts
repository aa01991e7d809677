import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import type { CommandMeans } from './command-means.ts';
import { drillList, runDrills } from './drill.ts';
import { askOn } from './drill-confirm.ts';
import { tellHistory } from './drill-history.ts';
import { tellResults } from './drill-results.ts';
import { openGround } from './ground.ts';

/** `paws-top drill`: lists, tells what was, or runs, with all that a run stands on opened and closed again. */
export async function drillCommand(options: CommandMeans): Promise<number> {
  const { flags, words, env, program, openWatch, stdout, interrupted } = options;
  if (flags.list) {
    await stdout.write(drillList(flags.json));
    return 0;
  }
  if (flags.history) {
    return tellHistory({
      ...stdout,
      env,
      project: flags.project ?? env.PAWS_PROJECT ?? 'paws',
      drill: words[0] ?? null,
    });
  }
  const signal = interrupted();
  signal.addEventListener('abort', () => setTimeout(leaveToDeadMan, mostHealingMs).unref(), { once: true });
  setFlagsFromString('--semi-space-growth-factor=1'); // as for the screen: many drills take no more memory than one
  const watch = await openWatch();
  await watch.refresh();
  const project = flags.project ?? watch.latest()?.snapshot.stack ?? '';
  const ownWatch = async () => ({ ...watch, stop: async () => {} });
  const ground = await openGround({ host: flags.host ?? null, env, project, openWatch: ownWatch, program });
  try {
    const outcome = await runDrills({
      flags,
      words,
      drilling: ground.drilling,
      watch,
      stdout,
      stderr: process.stderr,
      confirm: askOn(process.stdin, process.stderr, signal),
      signal,
    });
    return await tellResults(outcome, flags, stdout);
  } finally {
    ground.close();
    await watch.stop();
  }
}

/** Who ends a drill waits so long for its undo. */
const mostHealingMs = 15_000;
function leaveToDeadMan(): never {
  process.stderr.write(
    'not everything is undone yet; it goes on without this process: paws-top heal says how far it is\n',
  );
  process.exit(130); // as a shell tells of SIGINT
}
