import { StackError } from '../stack/errors.ts';
import type { Running } from './types.ts';

/** Containers start, a leader is elected, replicas stream, and a TILT of 30 s ends. */
const okDeadlineMs = 180_000;

/** Resolves when the verdict is ok on what was seen since (epoch ms). @throws StackError `timeout`, with what is still wrong */
export async function untilAllWell({ means, signal }: Running, since: number): Promise<void> {
  const patience = { deadlineMs: okDeadlineMs, what: 'everything is ok', signal };
  try {
    await means.until(
      ({ snapshot, report }) => snapshot.at >= since && report.verdict.level === 'ok' && report.sentinel?.tilt !== true,
      patience,
    );
  } catch (error) {
    const reason = means.seen()?.report.verdict.reasons[0]?.text;
    if (!(error instanceof StackError) || error.kind !== 'timeout' || reason === undefined) throw error;
    throw new StackError('timeout', `${error.message}: ${reason}`, { cause: error });
  }
}
