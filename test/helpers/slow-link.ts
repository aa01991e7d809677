/** How often a link delivers: often enough that a key press doesn't notice. */
const everyMs = 5;

/**
 * A link that carries so many bytes a second and buffers whatever is more, as sshd, the kernel and the network do together:
 * who writes is never held up, but what is written arrives late.
 */
export function slowLink(bytesPerSecond: number, deliver: (data: Buffer) => void) {
  const waiting: Buffer[] = [];
  let size = 0;
  let at = performance.now();
  let timer: NodeJS.Timeout | null = null;

  const carry = (): void => {
    const now = performance.now();
    let allowed = Math.floor(((now - at) * bytesPerSecond) / 1_000);
    if (allowed === 0) return;
    at += (allowed * 1_000) / bytesPerSecond;
    const parts: Buffer[] = [];
    while (allowed > 0 && waiting[0] !== undefined) {
      const part = waiting[0].subarray(0, allowed);
      const rest = waiting[0].subarray(part.length);
      if (rest.length === 0) waiting.shift();
      else waiting[0] = rest;
      allowed -= part.length;
      size -= part.length;
      parts.push(part);
    }
    if (parts.length > 0) deliver(Buffer.concat(parts));
    if (size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };

  return {
    send(data: Buffer): void {
      waiting.push(data);
      size += data.length;
      if (timer !== null) return;
      // A link that was idle has saved nothing up.
      at = performance.now();
      timer = setInterval(carry, everyMs);
    },
    /** Delivers the rest at once. */
    flush(): void {
      if (timer !== null) clearInterval(timer);
      timer = null;
      size = 0;
      for (const data of waiting.splice(0)) deliver(data);
    },
    underWay: () => size,
  };
}
