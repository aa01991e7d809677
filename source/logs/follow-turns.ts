/** What can be held up: a stream. */
export type Flow = { pause(): void; resume(): void };

/**
 * Sees to it that keys are answered while logs pour in: all streams together may hand on so many bytes, then they wait until
 * the event loop has come round, and go on one after the other.
 */
export type Turns = { taken(flow: Flow, bytes: number): void };

export function readingTurns(bytesATurn = 64 * 1024): Turns {
  const waiting: Flow[] = [];
  let left = bytesATurn;
  let scheduled = false;

  function turn(): void {
    left = bytesATurn;
    waiting.shift()?.resume();
    scheduled = waiting.length > 0;
    if (scheduled) setImmediate(turn);
  }

  return {
    taken(flow, bytes) {
      left -= bytes;
      if (left > 0) return;
      flow.pause();
      waiting.push(flow);
      if (scheduled) return;
      scheduled = true;
      setImmediate(turn);
    },
  };
}
