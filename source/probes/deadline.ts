import { StackError } from '../stack/errors.ts';

/**
 * Settles with the promise, or rejects with `timeout` once `deadlineMs` is over, or with `closed` when the signal fires.
 * The work itself goes on: who calls this drops the connection it runs on. `subject` names the member in the message.
 */
export function withinDeadline<T>(
  work: Promise<T>,
  deadlineMs: number,
  subject: string,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => settle(() => reject(new StackError('timeout', `${subject} did not answer within ${seconds(deadlineMs)}`))),
      deadlineMs,
    );
    const onAbort = () => settle(() => reject(new StackError('closed', `${subject} is no longer asked`)));
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      finish();
    };
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort);
    work.then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
  });
}

/** For what is nice to have beside the main answer: null when it fails or comes later than `deadlineMs`. */
export function orNull<T>(work: Promise<T>, deadlineMs: number): Promise<T | null> {
  return withinDeadline(work, deadlineMs, '').catch(() => null);
}

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
