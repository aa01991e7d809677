import { type ProblemKind, StackError } from '../stack/errors.ts';

/** What Node says of a socket, by its error code. */
const kindOfCode: Readonly<Record<string, ProblemKind>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
  ECONNABORTED: 'closed',
  ERR_STREAM_PREMATURE_CLOSE: 'closed',
  ERR_STREAM_DESTROYED: 'closed',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  EPROTO: 'garbage',
};

const sentences: Readonly<Record<ProblemKind, string>> = {
  timeout: 'did not answer in time',
  refused: 'refuses connections: nobody listens there',
  closed: 'closed the connection before it had answered',
  unauthorized: 'does not accept the credentials that were found',
  garbage: 'answered something that cannot be read',
  rejected: 'said no',
  unreachable: 'cannot be reached from here',
  'not-running': 'does not run',
  'no-engine': 'has no engine behind it',
  'not-permitted': 'is closed to this user',
  precondition: 'is not ready to be asked',
  usage: 'was asked wrongly',
  internal: 'could not be asked',
};

/** A failed probe as a StackError of this kind; `detail` is what the member said, in its own words. */
export function failure(kind: ProblemKind, subject: string, cause?: unknown, detail?: string): StackError {
  const message = `${subject} ${sentences[kind]}${detail === undefined || detail === '' ? '' : `: ${oneLine(detail)}`}`;
  return new StackError(kind, message, cause === undefined ? {} : { cause });
}

/** Socket errors to their kind by code; what is already a StackError passes; the rest is `internal`. */
export function socketFailure(subject: string, error: unknown): StackError {
  if (error instanceof StackError) return error;
  const kind = kindOfCode[codeOf(error)] ?? (isTls(error) ? 'garbage' : 'internal');
  const detail = kind === 'internal' || kind === 'unreachable' ? messageOf(error) : '';
  return failure(kind, subject, error, detail);
}

/** An error's code, looked up in the first of several attempts (`AggregateError` of a name with two addresses) too. */
export function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isTls = (error: unknown): boolean => /^ERR_(SSL|TLS)|CERT/.test(codeOf(error));
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 160);
