/** A binary heap whose items change in place: who changes one says in which direction. */
export type Heap<T> = {
  /** The first one at the top, the others in no particular order. */
  readonly items: readonly T[];
  push(item: T): void;
  /** Takes the top one out. */
  pop(): void;
  /** This one comes earlier now. */
  risen(item: T): void;
  /** The top one comes later now. */
  sunk(): void;
};

/** `before`: whether one comes earlier than another. */
export function heapOf<T>(before: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = [];

  function rise(from: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!before(items[place] as T, items[parent] as T)) return;
      swap(place, parent);
      place = parent;
    }
  }

  function sink(): void {
    let place = 0;
    while (true) {
      let first = place;
      for (let child = 2 * place + 1; child <= 2 * place + 2 && child < items.length; child++) {
        if (before(items[child] as T, items[first] as T)) first = child;
      }
      if (first === place) return;
      swap(place, first);
      place = first;
    }
  }

  function swap(a: number, b: number): void {
    const kept = items[a] as T;
    items[a] = items[b] as T;
    items[b] = kept;
  }

  return {
    items,
    push(item) {
      items.push(item);
      rise(items.length - 1);
    },
    pop() {
      const last = items.pop();
      if (items.length === 0 || last === undefined) return;
      items[0] = last;
      sink();
    },
    risen: (item) => rise(items.indexOf(item)),
    sunk: sink,
  };
}
