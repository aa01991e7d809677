/**
 * One question to one member over a kept connection. `ask` rejects with a StackError within the deadline it was opened
 * with, never retries, and drops its connection after a failure, so that the next call starts clean.
 */
export type Probe<T> = {
  ask(): Promise<T>;
  close(): void;
};
