/** The container's log: one line per change of state, never one per request. */
export function log(text: string): void {
  process.stdout.write(`${text}\n`);
}
