import type { Socket } from 'node:net';
import { type FakeServer, startServer } from '../probes/fake-server.ts';

/** What the server does with one statement. */
export type Told = {
  /** One row of text columns. */
  readonly row?: Readonly<Record<string, 't' | 'f'>>;
  readonly error?: { readonly severity?: string; readonly code: string; readonly text: string };
  readonly notice?: { readonly severity: string; readonly code: string; readonly text: string };
  /** The connection ends instead of, or after, what is told. */
  readonly ends?: boolean;
};

/** A server that speaks enough of PostgreSQL's protocol 3 for statements one at a time; `refuses` at the start-up. */
export function startPostgres(
  answer: (sql: string) => Told | 'hangs',
  refuses: () => Told['error'] | null = () => null,
): Promise<FakeServer> {
  return startServer((socket) => {
    const prepared = new Map<string, string>();
    let pending = Buffer.alloc(0);
    let started = false;
    let sql = '';
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const head = started ? 1 : 0;
        if (pending.length < head + 4) return;
        const end = head + pending.readInt32BE(head);
        if (pending.length < end) return;
        const type = started ? String.fromCharCode(pending[0] ?? 0) : 'start';
        const body = pending.subarray(head + 4, end).toString('latin1');
        pending = pending.subarray(end);
        if (type === 'start') {
          started = true;
          const refusal = refuses();
          if (refusal) return void socket.end(message('E', fieldsOf({ severity: 'FATAL', ...refusal })));
          socket.write(Buffer.concat([message('R', int(0)), ready]));
        }
        const [first = '', second = ''] = body.split('\0');
        if (type === 'P') prepared.set(first, second); // Parse: name, text
        if (type === 'B') sql = prepared.get(second) ?? ''; // Bind: portal, name
        if (type === 'S') tell(socket, answer(sql));
      }
    });
  });
}

function tell(socket: Socket, told: Told | 'hangs'): void {
  if (told === 'hangs') return;
  const out: Buffer[] = [];
  if (told.row !== undefined) out.push(...rowOf(told.row));
  if (told.notice !== undefined) out.push(message('N', fieldsOf(told.notice)));
  if (told.error !== undefined) out.push(message('E', fieldsOf({ severity: 'ERROR', ...told.error })));
  else if (!told.ends) out.push(message('C', text(told.row === undefined ? 'INSERT 0 1' : 'SELECT 1')));
  if (!told.ends) out.push(ready);
  socket.write(Buffer.concat(out));
  if (told.ends) socket.destroySoon();
}

const text = (value: string): Buffer => Buffer.from(`${value}\0`);
function int(value: number, bytes = 4): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeIntBE(value, 0, bytes);
  return buffer;
}
const message = (type: string, body: Buffer): Buffer => Buffer.concat([Buffer.from(type), int(body.length + 4), body]);
const ready = message('Z', Buffer.from('I'));

const fieldsOf = (told: { severity: string; code: string; text: string }): Buffer =>
  Buffer.concat([text(`S${told.severity}`), text(`C${told.code}`), text(`M${told.text}`), Buffer.from('\0')]);

const boolean = 16;
function rowOf(row: Readonly<Record<string, string>>): Buffer[] {
  const columns = Object.entries(row);
  const described = columns.map(([name]) =>
    Buffer.concat([text(name), int(0), int(0, 2), int(boolean), int(1, 2), int(-1), int(0, 2)]),
  );
  const values = columns.map(([, value]) => Buffer.concat([int(value.length), Buffer.from(value)]));
  return [
    message('T', Buffer.concat([int(columns.length, 2), ...described])),
    message('D', Buffer.concat([int(columns.length, 2), ...values])),
  ];
}
