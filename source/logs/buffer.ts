import { at, createBefore, createColumns } from './buffer-columns.ts';
import { createBufferLevels } from './buffer-levels.ts';
import { chunkBytes, createChunks } from './chunks.ts';
import { levelOf as levelOfText } from './levels.ts';
import { createOrder } from './order.ts';
import { createSortRuns } from './order-runs.ts';
import { type Bounds, type Level, type Line, type LineId, type LogBuffer, lineKinds } from './types.ts';

export const defaultBounds: Bounds = { lines: 100_000, bytes: 64_000_000 };

/** More than that is put into its place without being asked, so that a flood of history stays within the bounds. */
const batch = { lines: 8192, bytes: 8_000_000 };

const nothing = new Int32Array(0);

/**
 * Keeps the newest lines. One costs its text and about 70 bytes, none of them on JavaScript's heap: a flood leaves nothing to
 * be collected. `levelOf` finds what a line by itself says of its level.
 */
export function createBuffer(bounds: Bounds, levelOf: (text: string) => Level | null = levelOfText): LogBuffer {
  const capacity = bounds.lines + batch.lines;
  const columns = createColumns(capacity);
  const { ms, ns, entryMs, entryNs, source, kind, continues, cut, level, length, seq } = columns;
  const before = createBefore(columns);
  const chunks = createChunks(columns);
  const order = createOrder(bounds.lines, before);
  const sortRuns = createSortRuns(batch.lines, before);
  const levels = createBufferLevels(columns, order, before, (slot) => levelOf(chunks.text(slot)));

  /** Slots that were used before; from `untouched` on none was, so that their memory costs nothing yet. */
  const unused = new Int32Array(capacity);
  let free = 0;
  let untouched = 0;
  /** Slots in the order of their arrival, not yet in their place. */
  const pending = new Int32Array(batch.lines);
  let waiting = 0;
  let waitingBytes = 0;
  let arrived = 0;
  /** The last line that `settle` told of; `placed` those since then that were put into their place unasked. */
  let told = 0;
  let placed = 0;
  let added = 0;
  let lost = 0;
  let keptBytes = 0;
  let version = 0;

  const clear = () => {
    order.clear();
    chunks.clear();
    seq.fill(0, 0, untouched);
    free = 0;
    untouched = 0;
    waiting = 0;
    waitingBytes = 0;
    told = arrived;
    placed = 0;
    added = 0;
    lost = 0;
    keptBytes = 0;
    version += 1;
  };
  const add = (line: Line) => {
    const text = line.text.length > chunkBytes ? line.text.subarray(0, chunkBytes) : line.text;
    const slot = free > 0 ? at(unused, --free) : untouched++;
    ms[slot] = line.at.ms;
    ns[slot] = line.at.ns;
    entryMs[slot] = line.entry.ms;
    entryNs[slot] = line.entry.ns;
    source[slot] = line.source;
    kind[slot] = lineKinds.indexOf(line.kind);
    continues[slot] = line.entry === line.at ? 0 : 1;
    cut[slot] = line.cut + line.text.length - text.length;
    level[slot] = 0;
    chunks.put(slot, text);
    arrived += 1;
    seq[slot] = arrived;
    pending[waiting] = slot;
    waiting += 1;
    waitingBytes += text.length;
    if (waiting === batch.lines || waitingBytes >= batch.bytes) {
      placed += place().length;
    }
  };

  /** Drops the oldest of all that is kept and that waits; returns how many of the latter. What would fall out at once moves nothing. */
  const evict = (): number => {
    let old = 0;
    let fresh = 0;
    let kept = order.size + waiting;
    let bytes = keptBytes + waitingBytes;
    const isFresh = () => fresh < waiting && (old === order.size || before(at(pending, fresh), order.slotAt(old)));
    while (kept > bounds.lines || bytes > bounds.bytes) {
      const slot = isFresh() ? at(pending, fresh++) : order.slotAt(old++);
      levels.dropped(slot);
      kept -= 1;
      bytes -= at(length, slot);
      chunks.free(slot);
      seq[slot] = 0;
      unused[free++] = slot;
    }
    if (kept > 0) levels.oldest(isFresh() ? at(pending, fresh) : order.slotAt(old));
    order.drop(old);
    lost += old + fresh;
    keptBytes = bytes;
    return fresh;
  };
  /** Puts what waits into its place; returns the slots of what was kept of it, valid until the next `add`. */
  const place = (): Int32Array => {
    sortRuns(pending, waiting);
    const kept = pending.subarray(evict(), waiting);
    order.merge(kept);
    added += waiting;
    version += 1;
    waiting = 0;
    waitingBytes = 0;
    return kept;
  };
  const settle = (): Int32Array => {
    const last = waiting > 0 ? place() : nothing;
    const since = told;
    told = arrived;
    if (placed === 0) return last.length === 0 ? nothing : last.slice();
    placed = 0;
    const all = new Int32Array(order.size);
    let count = 0;
    for (let position = 0; position < order.size; position += 1) {
      const slot = order.slotAt(position);
      if (at(seq, slot) > since) all[count++] = slot;
    }
    return all.slice(0, count);
  };
  const holds = (line: LineId) => line.seq > 0 && seq[line.slot] === line.seq;

  return {
    bounds,
    add,
    settle,
    get size() {
      return order.size;
    },
    slotAt: order.slotAt,
    positionOf: (line) => (holds(line) ? order.search((slot) => before(slot, line.slot)) : null),
    positionAt: (moment) => order.search((slot) => at(entryMs, slot) < moment),
    idOf: (slot) => ({ slot, seq: at(seq, slot) }),
    holds,
    ms: (slot) => at(ms, slot),
    ns: (slot) => at(ns, slot),
    source: (slot) => at(source, slot),
    kind: (slot) => lineKinds[at(kind, slot)] ?? 'out',
    cut: (slot) => at(cut, slot),
    continues: (slot) => at(continues, slot) === 1,
    level: levels.of,
    bytes: chunks.bytes,
    text: chunks.text,
    get counts() {
      return { added, lost, keptBytes };
    },
    get version() {
      return version;
    },
    clear,
    shared: { chunk: columns.chunk, offset: columns.offset, length, seq, chunks: chunks.all },
  };
}
