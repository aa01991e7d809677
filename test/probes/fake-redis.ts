import { type FakeServer, startServer } from './fake-server.ts';

/** A reply to be encoded as RESP2; an Error becomes an error reply, its message as it is. */
export type Reply = string | number | Error | readonly Reply[];

/**
 * A server that speaks RESP2: each command, in lower case, is answered by `answer`, which may keep `push` to say more
 * unasked. Counts writes that it received.
 */
export async function startRedis(
  answer: (command: readonly string[], connection: number, push: (reply: Reply) => void) => Reply,
): Promise<FakeServer & { readonly writes: () => number }> {
  let writes = 0;
  const server = await startServer((socket, nth) => {
    let pending = '';
    const push = (reply: Reply): void => {
      socket.write(encode(reply));
    };
    socket.on('data', (chunk) => {
      writes += 1;
      pending += chunk.toString();
      const { commands, rest } = decode(pending);
      pending = rest;
      socket.write(commands.map((command) => encode(answer(command, nth, push))).join(''));
    });
  });
  return { ...server, writes: () => writes };
}

function encode(reply: Reply): string {
  if (reply instanceof Error) return `-${reply.message}\r\n`;
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`;
  return `*${reply.length}\r\n${reply.map(encode).join('')}`;
}

/** Complete commands, as arrays of bulk strings, and what is left. */
function decode(text: string): { commands: string[][]; rest: string } {
  const commands: string[][] = [];
  let rest = text;
  while (rest.startsWith('*')) {
    const count = Number.parseInt(rest.slice(1), 10);
    const lines = rest.split('\r\n');
    if (lines.length < 2 + 2 * count) break;
    commands.push(
      lines
        .slice(1, 1 + 2 * count)
        .filter((_, index) => index % 2 === 1)
        .map((word) => word.toLowerCase()),
    );
    rest = lines.slice(1 + 2 * count).join('\r\n');
  }
  return { commands, rest };
}
