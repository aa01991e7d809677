/** Why something could not be asked or done. Closed: every kind has a test and a sentence. */
export const problemKinds = [
  'timeout', // no answer within the deadline; the peer may still be working on it
  'refused', // nobody listens there
  'closed', // the peer ended the connection before it had answered
  'unauthorized', // credentials missing or wrong
  'garbage', // an answer that is none
  'rejected', // the system understood and said no
  'not-running', // its container does not run
  'unreachable', // no way to it: not published, no route, no tunnel
  'no-engine', // no container engine answers
  'not-permitted', // the engine is there but closed to this user
  'precondition', // something the user must change first (port taken, subnet clash, memory)
  'usage', // wrong flag or word on the command line
  'internal', // our own fault
] as const;
export type ProblemKind = (typeof problemKinds)[number];

/** The one shape of an error as data: part of a reading, printable, serialisable. */
export type Problem = {
  readonly kind: ProblemKind;
  /** One line that says what to do, or what was seen. No secrets. */
  readonly message: string;
  /** What lies behind it, one line, or null. */
  readonly cause: string | null;
  readonly tookMs: number | null;
};

/** The one error that is thrown on purpose. `exitCode` only where a command ends because of it. */
export class StackError extends Error {
  readonly kind: ProblemKind;
  readonly tookMs: number | null;

  constructor(kind: ProblemKind, message: string, options: { cause?: unknown; tookMs?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StackError';
    this.kind = kind;
    this.tookMs = options.tookMs ?? null;
  }
}

/** Turns whatever was thrown into the one shape. Unknown errors are `internal`. */
export function toProblem(error: unknown, tookMs: number | null = null): Problem {
  const cause = error instanceof Error && error.cause !== undefined ? firstLine(error.cause) : null;
  if (error instanceof StackError) {
    return { kind: error.kind, message: error.message, cause, tookMs: error.tookMs ?? tookMs };
  }
  return { kind: 'internal', message: firstLine(error), cause, tookMs };
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.split('\n', 1)[0] ?? '';
}
