import { StackError } from '../stack/errors.ts';
import { type Away, effectsOf } from './container-effects.ts';
import { leaveIt, leftAlone, previewOf } from './preview.ts';
import { handOver } from './rolling-handover.ts';
import { untilSettled, untilWell, wellDeadlineMs } from './rolling-health.ts';
import { handOverLiterals } from './rolling-literals.ts';
import { inOrder, leads, memberBehind, namesOf } from './rolling-members.ts';
import type { Given, Preview, Running, Seen, Target } from './types.ts';

/** How containers are taken away, or through a restart, one after the other. */
export type Taking = Away & {
  /** What is sent for one of them. */
  readonly literal: (target: Target, given: Pick<Given, 'seen' | 'means'>) => readonly string[];
  readonly does: (target: Target, running: Running) => Promise<void>;
  /** `stopped`, `restarted`. */
  readonly done: string;
  /** `restarts`, told as it begins, where one has to wait for it. */
  readonly begins?: string;
};

export async function previewAway(taking: Taking, given: Given): Promise<Preview> {
  const { targets, seen } = given;
  const { effects, choices } = effectsOf(taking, targets, seen);
  const ordered = inOrder(targets, seen);
  const names = ordered.map((target) => memberBehind(target, seen)?.name ?? target.name);
  const going = taking.passing ? { without: [], before: names } : { without: names, before: [] };
  const literal = ordered.flatMap((target) => {
    const member = memberBehind(target, seen);
    const first =
      member === null || !leads(member, seen) || !choices.some(({ id }) => id === 'handover')
        ? []
        : handOverLiterals(member.system, going, seen).map((text) =>
            taking.always ? text : `${text}   # when switched over first`,
          );
    return [...first, ...taking.literal(target, given)];
  });
  const whom = targets.length > 1 ? 'Each is awaited' : 'It is awaited';
  const waits = taking.passing ? [`${whom} until it is healthy, ${wellDeadlineMs / 1_000} s at most.`] : [];
  return previewOf({ effects: [...effects, ...waits], literal, choices });
}

/** One after the other, in the order of who is missed least; stops between two when it is asked to. */
export async function takeAway(taking: Taking, running: Running): Promise<string> {
  const { targets, choice, signal, say, means } = running;
  if (choice === leaveIt.id) return leftAlone;
  const gone: Target[] = [];
  const ordered = [...inOrder(targets, means.seen() ?? running.seen)];
  for (const target of ordered) {
    const left = ordered.filter((one) => !gone.includes(one));
    if (signal.aborted) throw cutShort(taking, gone, left);
    try {
      await takeOne(taking, running, target, left);
    } catch (error) {
      if (signal.aborted) throw cutShort(taking, [...gone, target], left.slice(1));
      throw error;
    }
    gone.push(target);
    say(`${target.name} ${taking.done}`);
  }
  return `${namesOf(ordered)} ${taking.done}`;
}

async function takeOne(taking: Taking, running: Running, target: Target, left: readonly Target[]): Promise<void> {
  const { means, choice } = running;
  const before = means.seen() ?? running.seen;
  const member = memberBehind(target, before);
  if (choice === 'handover' && member !== null && leads(member, before)) {
    const without = taking.passing ? [target] : left;
    await handOver(running, member.system, { without: namesIn(without, before) });
  }
  if (taking.begins !== undefined) running.say(`${target.name} ${taking.begins}`);
  await taking.does(target, running);
  const since = Date.now();
  const next = left.find((one) => one !== target && memberBehind(one, before)?.system === member?.system);
  if (taking.passing) await untilWell(running, target, since);
  if (member !== null && choice !== 'anyway' && (taking.passing || next !== undefined)) {
    await untilSettled(running, member.system, before, since);
  }
}

const namesIn = (targets: readonly Target[], seen: Seen): readonly string[] =>
  targets.map((target) => memberBehind(target, seen)?.name ?? target.name);

function cutShort({ done }: Taking, gone: readonly Target[], left: readonly Target[]): StackError {
  const first = gone.length === 0 ? 'nothing was done' : `${namesOf(gone)} ${done}`;
  const rest = left.length === 0 ? '' : `; ${namesOf(left)} left as ${left.length === 1 ? 'it was' : 'they were'}`;
  return new StackError('precondition', `stopped: ${first}${rest}`);
}
