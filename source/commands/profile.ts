import process from 'node:process';
import { runProfile } from '../actions/profile-run.ts';
import type { ProfilePlan, ProfileStep } from '../actions/profile-types.ts';
import type { ActionMeans } from '../actions/types.ts';
import { profilesOf } from '../engine/compose-file.ts';
import { requireProfile } from '../engine/compose-roster.ts';
import { StackError } from '../stack/errors.ts';
import type { CommandMeans } from './command-means.ts';
import { askOn, type Confirm } from './drill-confirm.ts';
import { readyPlan } from './profile-ready.ts';
import { profileText } from './profile-text.ts';
import { createProgress } from './progress.ts';
import { untilAborted } from './until-aborted.ts';
import { openMeans, projectOf } from './with-project.ts';

/** How long what stands in the way may take to pass by itself: members that answer a moment later. */
const readyMs = 10_000;

/**
 * `paws-top profile NAME`: prints the plan, asks, and changes the profile with live progress on stderr. Exits 0 done, 1
 * failed, 130 interrupted. @throws StackError `usage`, `no-engine`
 */
export async function profile(given: CommandMeans): Promise<number> {
  const { flags, words, stdout } = given;
  // A plan changes nothing, so it may be looked at with --read-only.
  const signal = flags.dryRun ? new AbortController().signal : given.interrupted();
  const { means, close } = await openMeans(given, await projectOf(given));
  try {
    const { file } = (await means.compose()).project;
    const [wanted] = words;
    if (wanted === undefined) throw new StackError('usage', `say which profile: ${profilesOf(file).join(', ')}`);
    requireProfile(file, wanted);
    const say = (text: string) => void given.stderr.write(`${text}\n`);
    const look = () => untilAborted(signal, () => readyPlan(means, wanted, { patienceMs: readyMs, signal, say }));
    const plan = await look();
    // What stands in the way is an error then, and told as one.
    if (!flags.json) await stdout.write(profileText(flags.dryRun ? plan : { ...plan, missing: [] }, stdout));
    if (flags.dryRun) {
      if (flags.json) await stdout.write(`${JSON.stringify({ schema: 1, plan }, null, 2)}\n`);
      return plan.missing.length === 0 ? 0 : 1;
    }
    return await change({ ...given, confirm: askOn(process.stdin, process.stderr, signal), means, plan, look, signal });
  } catch (error) {
    if (signal.aborted) return interrupted(given);
    throw error;
  } finally {
    await close();
  }
}

type Change = CommandMeans & {
  readonly means: ActionMeans;
  readonly plan: ProfilePlan;
  /** The plan as it would be now. */
  readonly look: () => Promise<ProfilePlan>;
  readonly confirm: Confirm;
  readonly signal: AbortSignal;
};
type Took = Pick<ProfileStep, 'kind' | 'names' | 'text'> & { readonly ms: number };

async function change(given: Change): Promise<number> {
  const { flags, plan, stdout, stderr, signal } = given;
  const took: Took[] = [];
  const end = async (code: number, why: string | null): Promise<number> => {
    const result = { schema: 1, plan, done: code === 0, why, steps: took };
    if (flags.json) await stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    else if (why !== null) stderr.write(`${why}\n`);
    return code;
  };
  if (plan.missing.length > 0) return end(1, plan.missing.join('\n'));
  if (plan.steps.length === 0) return end(0, null);
  if (!(await agreed(given))) return end(1, 'nothing was done');
  if (!flags.yes) {
    const now = await given.look();
    if (now.missing.length > 0) return end(1, now.missing.join('\n'));
    if (JSON.stringify(now.steps) !== JSON.stringify(plan.steps)) {
      return end(1, 'the stack has changed since, and with it these steps: nothing was done; look again');
    }
  }
  const progress = createProgress({ output: stderr, env: given.env, color: given.color });
  let step: { readonly now: ProfileStep; readonly since: number } | null = null;
  const finish = () => {
    if (step === null) return;
    const { kind, names, text } = step.now;
    took.push({ kind, names, text, ms: Math.round(performance.now() - step.since) });
    progress.done(text);
    step = null;
  };
  try {
    await runProfile({
      ...given,
      say: progress.note,
      onDetail: progress.detail,
      onStep(now) {
        finish();
        step = { now, since: performance.now() };
        progress.step(now.kind);
        progress.detail(now.text);
      },
    });
    finish();
    progress.close('done');
    return await end(0, null);
  } catch (error) {
    progress.close('failed');
    if (signal.aborted) {
      await end(130, `interrupted; \`paws-top profile ${plan.to}\` goes on from here`);
      return 130;
    }
    if (!(error instanceof StackError) || error.kind === 'no-engine') throw error;
    return await end(1, `${error.message}\nstopped there; \`paws-top profile ${plan.to}\` goes on from here`);
  }
}

/** @throws StackError `usage` where nobody can be asked */
async function agreed({ flags, plan, confirm }: Change): Promise<boolean> {
  if (flags.yes) return true;
  if (confirm === null) throw new StackError('usage', 'without a terminal to ask, a change of profile needs --yes');
  const answer = await confirm(`Change the profile to ${plan.to}? [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}

function interrupted({ stderr }: CommandMeans): number {
  stderr.write('interrupted; nothing was done\n');
  return 130;
}
