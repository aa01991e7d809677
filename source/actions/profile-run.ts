import { servicesOf } from '../engine/compose-file.ts';
import { startContainers } from '../engine/compose-start.ts';
import { StackError } from '../stack/errors.ts';
import { type MoveStep, moveLeadership } from './leave-leadership.ts';
import { removeServices } from './leave-remove.ts';
import { rememberMemory } from './profile-memory.ts';
import { startArguments } from './profile-plan.ts';
import { resetSentinels } from './profile-sentinels.ts';
import type { ProfilePlan, ProfileStep } from './profile-types.ts';
import type { ActionMeans, Seen } from './types.ts';
import { until } from './until.ts';

export type ProfileRun = {
  readonly means: ActionMeans;
  readonly plan: ProfilePlan;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
  /** Each step as it begins. */
  readonly onStep?: (step: ProfileStep) => void;
  /** Where the step is: nothing that need be kept. */
  readonly onDetail?: (text: string) => void;
};

const okDeadlineMs = 120_000;
/** Returning Sentinels that agree do so by then; then they are asked to forget. */
const agreeMs = 20_000;

/**
 * Does what the plan says, each step awaited before the next begins. Where one fails, what was changed for a while is put
 * back and nothing further is done: the same change then goes on from there. @throws StackError; the signal's reason
 */
export async function runProfile(run: ProfileRun): Promise<void> {
  const { means, plan, say, signal, onStep = () => {} } = run;
  if (plan.steps.length === 0) return;
  const compose = await means.compose();
  const { name: project, file } = compose.project;
  const staying = new Set(servicesOf(file, plan.to).map(({ name }) => name));
  const remember = async () => rememberMemory(means.env, project, means.seen()?.report.containers ?? []);
  const of = (kind: ProfileStep['kind']) => plan.steps.filter((step) => step.kind === kind);
  const release = await means.keep(`change of profile to ${plan.to}`, []);
  try {
    for (const step of of('start')) {
      onStep(step);
      const onDetail = run.onDetail;
      await startContainers(compose.with([plan.to]), startArguments(step.names), { project, signal, onDetail });
    }
    signal.throwIfAborted();
    if (of('start').length > 0) await settleOnceUp(means);
    const leaving = of('remove');
    if (leaving.length > 0) {
      // Also where none was planned: roles may have moved since.
      const moving = (kind: MoveStep) => onStep(of(kind)[0] ?? unplanned(kind));
      await moveLeadership({ means, staying, say, signal, onStep: moving });
      await remember();
      await remove(run, leaving, onStep);
    }
    for (const step of of('sentinel-reset')) {
      onStep(step);
      await resetSentinels(means, { say, signal });
    }
    for (const step of of('await')) {
      onStep(step);
      await becomeOk(run, staying);
    }
    await remember();
  } finally {
    await release();
  }
}

/** What an earlier change could not put back at a member that has just been started. */
async function settleOnceUp(means: ActionMeans): Promise<void> {
  const settled = () => means.settle().then(() => true as const);
  await until(settled, { everyMs: 500, deadlineMs: settleDeadlineMs, what: 'an earlier change is put back' });
}
const settleDeadlineMs = 20_000;

const unplanned = (kind: MoveStep): ProfileStep => ({
  kind,
  names: [],
  text: 'leadership has moved since the plan was made, and moves again',
  literal: '',
});

async function remove(
  { means, signal }: ProfileRun,
  steps: readonly ProfileStep[],
  onStep: (step: ProfileStep) => void,
): Promise<void> {
  const containers = await means.containers();
  for (const step of steps) {
    const leavers = containers.flatMap(({ container: { name, service } }) =>
      service !== null && step.names.includes(service) ? [{ name, service }] : [],
    );
    onStep(step);
    await removeServices({ cli: means.cli, leavers, signal });
  }
}

/** Everybody of the profile runs, nobody else of the project is there, and the verdict is ok. */
async function becomeOk({ means, plan, say, signal }: ProfileRun, staying: ReadonlySet<string>): Promise<void> {
  const whole = ({ snapshot, report }: Seen): boolean => {
    const there = new Set(snapshot.containers.filter(({ state }) => state !== 'missing').map(({ service }) => service));
    return (
      report.verdict.level === 'ok' &&
      (report.profile === null || report.profile === plan.to || plan.from === null) &&
      [...staying].every((service) => there.has(service))
    );
  };
  const disagree = ({ report }: Seen): boolean =>
    report.verdict.reasons.length > 0 &&
    report.verdict.reasons.every(({ system, text }) => system === 'sentinel' && !text.includes('has not heard of'));
  const patience = { what: `the profile "${plan.to}" is whole`, signal };
  const soon = await means.until(whole, { ...patience, deadlineMs: agreeMs }).catch((error: unknown) => {
    if (error instanceof StackError && error.kind === 'timeout') return null;
    throw error;
  });
  if (soon !== null) return;
  const seen = means.seen();
  if (seen !== null && disagree(seen)) {
    say(`${seen.report.verdict.reasons[0]?.text}: SENTINEL RESET, one after the other`);
    await resetSentinels(means, { say, signal });
  }
  await means.until(whole, { ...patience, deadlineMs: okDeadlineMs - agreeMs }).catch((error: unknown) => {
    const why = means.seen()?.report.verdict.reasons[0]?.text;
    if (!(error instanceof StackError) || why === undefined) throw error;
    throw new StackError(error.kind, `${error.message}; ${why}`, { cause: error });
  });
}
