import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { defaultFlags, type Flags } from '../../source/commands/flags.ts';
import { logs } from '../../source/commands/logs.ts';
import { archiveLogs } from '../../source/commands/logs-archive.ts';
import type { Engine, LogRange } from '../../source/engine/types.ts';
import { StackError } from '../../source/stack/errors.ts';
import { details, fakeEngine } from '../helpers/fake-engine.ts';
import { frame } from '../logs/frame.ts';

/** `[ms after the hour, text, stream]` */
type Said = readonly [number, string, ('out' | 'err')?];

const hour = Date.UTC(2026, 10, 23, 21);
const bytes = ([ms, text, kind = 'out']: Said): Buffer =>
  frame(kind, Buffer.from(`${new Date(hour + ms).toISOString().slice(0, -1)}456789Z ${text}\n`));
const secondsOf = (moment: string | undefined) => (moment === undefined ? null : Number(moment) * 1_000);

/** An engine that keeps logs, and tells what is new to who follows. */
function engineWith(services: Readonly<Record<string, readonly Said[]>>, refused: readonly string[] = []) {
  const said = new Map(Object.entries(services).map(([service, lines]) => [service, [...lines]]));
  const open: { id: string; stream: PassThrough }[] = [];
  const asked: (LogRange & { readonly id: string })[] = [];
  const logsOf: Engine['logs'] = async (id, range, signal) => {
    asked.push({ ...range, id });
    if (refused.includes(id)) throw new StackError('rejected', 'its driver keeps nothing');
    const [since, until] = [secondsOf(range.since), secondsOf(range.until)];
    const lines = (said.get(id) ?? []).slice(range.tail === undefined ? 0 : -range.tail || Number.POSITIVE_INFINITY);
    const wanted = lines.filter(
      ([ms]) => (since === null || hour + ms >= since) && (until === null || hour + ms <= until),
    );
    if (!range.follow) return { stream: Readable.from(wanted.map(bytes)), framed: true, stampsParts: false };
    const stream = new PassThrough();
    for (const line of wanted) stream.write(bytes(line));
    open.push({ id, stream });
    signal.addEventListener('abort', () => stream.destroy());
    return { stream, framed: true, stampsParts: false };
  };
  const engine = fakeEngine(
    Object.keys(services).map((service) => details(service)),
    undefined,
    logsOf,
  );
  return {
    connect: engine.connect,
    asked,
    /** Lines now, as if it were the fake engine's hour. */
    say(service: string, line: Said) {
      said.get(service)?.push(line);
      for (const { id, stream } of open) if (id === service && !stream.destroyed) stream.write(bytes(line));
    },
    following: () => open.filter(({ stream }) => !stream.destroyed).length,
  };
}

function run(connect: () => Promise<Engine>, flags: Partial<Flags> = {}, services: readonly string[] = []) {
  const stdout = new PassThrough();
  const interrupted = new AbortController();
  const text = { out: '', said: [] as string[] };
  stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.out += chunk;
  });
  const code = logs({
    flags: { ...defaultFlags, project: 'paws', follow: false, ...flags },
    services,
    connect,
    stdout,
    color: false,
    say: (line) => text.said.push(line),
    interrupted: interrupted.signal,
  });
  return { code, text, interrupted, stdout };
}

const two = {
  redis1: [
    [1_000, '1:M 23 Nov 2026 21:00:01.000 # slow'],
    [3_000, '1:M 23 Nov 2026 21:00:03.000 * fine'],
  ],
  web: [
    [2_000, 'ERROR: it failed', 'err'],
    [2_001, '    at line 3', 'err'],
    [4_000, 'INFO: on it goes'],
  ],
} as const satisfies Record<string, Said[]>;

test('lines of all services in the order of time, each behind its name', async () => {
  const { code, text } = run(engineWith(two).connect);
  expect(await code).toBe(0);
  expect(text.out).toBe(
    [
      'redis1 | 1:M 23 Nov 2026 21:00:01.000 # slow',
      'web    | ERROR: it failed',
      'web    |     at line 3',
      'redis1 | 1:M 23 Nov 2026 21:00:03.000 * fine',
      'web    | INFO: on it goes',
      '',
    ].join('\n'),
  );
});

test('a level keeps entries together; a line without one goes with info', async () => {
  const { code, text } = run(engineWith(two).connect, { level: 'warning', timestamps: true });
  expect(await code).toBe(0);
  expect(text.out).toBe(
    [
      'redis1 | 2026-11-23T21:00:01.000456789Z 1:M 23 Nov 2026 21:00:01.000 # slow',
      'web    | 2026-11-23T21:00:02.000456789Z ERROR: it failed',
      'web    | 2026-11-23T21:00:02.001456789Z     at line 3',
      '',
    ].join('\n'),
  );
});

test('a search keeps lines around its matches, of the same service', async () => {
  const { code, text } = run(engineWith(two).connect, { grep: 'AT LINE', context: 1 });
  expect(await code).toBe(0);
  expect(text.out.split('\n')).toEqual(['']); // a capital: only what is written so
  const lower = run(engineWith(two).connect, { grep: 'at line', context: 1 });
  expect(await lower.code).toBe(0);
  expect(lower.text.out).toBe('web    | ERROR: it failed\nweb    |     at line 3\nweb    | INFO: on it goes\n');
});

test('as JSON a line is an object, with what was understood of it', async () => {
  const { code, text } = run(engineWith({ web: [[5, '{"level":"warn","msg":"slow","ms":12}', 'err']] }).connect, {
    json: true,
  });
  expect(await code).toBe(0);
  expect(JSON.parse(text.out)).toEqual({
    at: '2026-11-23T21:00:00.005456789Z',
    service: 'web',
    container: 'paws-web-1',
    stream: 'stderr',
    level: 'warning',
    text: '{"level":"warn","msg":"slow","ms":12}',
    message: 'slow',
    fields: { ms: '12' },
  });
});

test('only the services that are named, and an unknown one is refused with those that there are', async () => {
  const { code, text } = run(engineWith(two).connect, { tail: 1 }, ['web']);
  expect(await code).toBe(0);
  expect(text.out).toBe('web | INFO: on it goes\n');
  await expect(run(engineWith(two).connect, {}, ['weeb']).code).rejects.toMatchObject({
    kind: 'usage',
    message: 'no service "weeb"; there are redis1, web',
  });
});

test('into a pipe a line goes byte for byte; with --no-color its escape sequences are taken out', async () => {
  const services = { web: [[1, '\x1b[31mred\x1b[0m \x07 bell']] } as const satisfies Record<string, Said[]>;
  const kept = run(engineWith(services).connect); // without colours of our own, as for any pipe
  await kept.code;
  expect(kept.text.out).toBe('web | \x1b[31mred\x1b[0m \x07 bell\n');
  const stripped = run(engineWith(services).connect, { color: false });
  await stripped.code;
  expect(stripped.text.out).toBe('web | red \x07 bell\n');
});

test('the past first, then what comes, nothing missing and nothing twice, until it is interrupted', async () => {
  const began = Date.now() - hour;
  const past = Array.from({ length: 300 }, (_, index): Said => [began - 6_000 + 20 * index, `${index}`]);
  const engine = engineWith({ web: past });
  const { code, text, interrupted } = run(engine.connect, { follow: true });
  await vi.waitFor(() => expect(engine.following()).toBe(1));
  for (let number = 300; number < 320; number++) engine.say('web', [Date.now() - hour, `${number}`]);
  await vi.waitFor(() => expect(text.out.split('\n')).toHaveLength(321));
  interrupted.abort();
  expect(await code).toBe(130);
  expect(text.out).toBe(Array.from({ length: 320 }, (_, index) => `web | ${index}\n`).join(''));
});

test('a log that is refused holds up no other: those are printed whole, then it is a failure', async () => {
  const lines = Array.from({ length: 20_000 }, (_, index): Said => [index, `${index}`]);
  const { code, text } = run(engineWith({ mute: [], web: lines }, ['mute']).connect);
  await expect(code).rejects.toMatchObject({ kind: 'rejected', message: 'not all logs could be read' });
  expect(text.out).toBe(lines.map(([, line]) => `web  | ${line}\n`).join(''));
  expect(text.said).toEqual(["the log of mute can't be read: its driver keeps nothing"]);
});

test('beside a log that is refused the others are followed, and that is said once', async () => {
  const engine = engineWith({ mute: [], web: [[1, 'past']] }, ['mute']);
  const { code, text, interrupted } = run(engine.connect, { follow: true });
  await vi.waitFor(() => expect(engine.following()).toBe(1));
  const began = performance.now();
  engine.say('web', [Date.now() - hour, 'new']);
  await vi.waitFor(() => expect(text.out).toBe('web  | past\nweb  | new\n'), { timeout: 2_500 });
  expect(performance.now() - began).toBeLessThan(2_500); // not as long as one that says nothing is waited for
  interrupted.abort();
  expect(await code).toBe(130);
  expect(text.said).toEqual(["the log of mute can't be read: its driver keeps nothing"]);
});

test('a disk that is full under the output is said in one line', async () => {
  const engine = engineWith(two);
  const full = new Writable({
    write(_chunk, _encoding, callback) {
      callback(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }));
    },
  });
  const code = logs({
    flags: { ...defaultFlags, project: 'paws', follow: false },
    services: [],
    connect: engine.connect,
    stdout: full,
    color: false,
    say: () => {},
    interrupted: new AbortController().signal,
  });
  await expect(code).rejects.toMatchObject({ kind: 'precondition', message: 'the output cannot be written' });
});

test('a service of whose past the engine tells late is waited for before newer lines of others are printed', async () => {
  const began = Date.now() - hour;
  const past: Record<string, { said: Said; afterMs: number }> = {
    busy: { said: [began - 1_000, 'newer'], afterMs: 0 },
    slow: { said: [began - 2_000, 'older'], afterMs: 400 },
  };
  const late: Engine['logs'] = async (id, _range, signal) => {
    const stream = new PassThrough();
    const { said, afterMs } = past[id] ?? expect.fail(id);
    setTimeout(() => stream.write(bytes(said)), afterMs);
    signal.addEventListener('abort', () => stream.destroy());
    return { stream, framed: true, stampsParts: false };
  };
  const engine = fakeEngine([details('busy'), details('slow')], undefined, late);
  const { code, text, interrupted } = run(engine.connect, { follow: true, tail: 10 });
  await vi.waitFor(() => expect(text.out.split('\n')).toHaveLength(3), { timeout: 3_000 });
  expect(text.out).toBe('slow | older\nbusy | newer\n');
  interrupted.abort();
  expect(await code).toBe(130);
});

test('a reader that goes away ends it with 0', async () => {
  const engine = engineWith(two);
  const { code, stdout } = run(engine.connect, { follow: true });
  await vi.waitFor(() => expect(engine.following()).toBe(2));
  stdout.destroy();
  expect(await code).toBe(0);
});

test('a reader that stops holds up the engine, not the memory, and Ctrl+C still ends it', async () => {
  let sent = 0;
  const chunk = () => Buffer.concat(Array.from({ length: 200 }, (_, index) => bytes([sent + index, 'x'.repeat(200)])));
  const flood: Engine['logs'] = async () => ({
    stream: Readable.from(
      (function* () {
        for (; sent < 500_000; sent += 200) yield chunk();
      })(),
    ),
    framed: true,
    stampsParts: false,
  });
  const engine = fakeEngine([details('web')], undefined, flood);
  const interrupted = new AbortController();
  const stuck = new Writable({ write: () => {} });
  const code = logs({
    flags: { ...defaultFlags, project: 'paws', follow: false },
    services: [],
    connect: engine.connect,
    stdout: stuck,
    color: false,
    say: () => {},
    interrupted: interrupted.signal,
  });
  let before = -1;
  await vi.waitFor(
    () => {
      const still = sent === before && sent > 0;
      before = sent;
      expect(still).toBe(true);
    },
    { interval: 200, timeout: 10_000 },
  );
  expect(sent).toBeLessThan(100_000);
  interrupted.abort();
  expect(await code).toBe(130);
});

test('an expression that would take for ever ends it with a sentence', async () => {
  const { code } = run(engineWith({ web: [[1, `${'a'.repeat(60)}!`]] }).connect, { grep: '(a+)+$' });
  await expect(code).rejects.toMatchObject({ kind: 'timeout', message: expect.stringContaining('(a+)+$ takes') });
});

test('an archive goes on where it was left off, and is read back as the engine would be', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'paws-top-logs-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const services = { redis1: [...two.redis1] as Said[], web: [...two.web] as Said[] };
  const said: string[] = [];
  const archive = async () =>
    archiveLogs({
      flags: { ...defaultFlags, project: 'paws', follow: false, archive: dir },
      services: [],
      connect: engineWith(services).connect,
      stdout: new PassThrough(),
      color: false,
      say: (line) => said.push(line),
      interrupted: new AbortController().signal,
    });
  expect(await archive()).toBe(0);
  expect(said).toEqual([`archiving all services (2) into ${dir}, 1 GB at most`]);
  // Of the same stamp as the last one, and one that was put in its row late.
  services.web.push([4_000, 'INFO: at the same moment'], [3_999, 'INFO: late', 'err'], [9_000, 'INFO: later']);
  expect(await archive()).toBe(0);
  expect(await archive()).toBe(0);
  const flags: Partial<Flags> = { timestamps: true };
  const [engine, archived] = [run(engineWith(services).connect, flags), run(expect.fail, { ...flags, from: dir })];
  expect([await engine.code, await archived.code]).toEqual([0, 0]);
  expect(archived.text.out.split('\n')).toHaveLength(9);
  expect(archived.text.out).toBe(engine.text.out);
  expect(archived.text.said).toEqual([]);
});

test('an archive that goes on asks each service only for what came since its own last line', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'paws-top-logs-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const engine = engineWith({
    quiet: [[0, 'once']],
    busy: [
      [0, 'first'],
      [60_000, 'last'],
    ],
  });
  const archive = () =>
    archiveLogs({
      flags: { ...defaultFlags, project: 'paws', follow: false, archive: dir },
      services: [],
      connect: engine.connect,
      stdout: new PassThrough(),
      color: false,
      say: () => {},
      interrupted: new AbortController().signal,
    });
  expect(await archive()).toBe(0);
  engine.asked.length = 0;
  expect(await archive()).toBe(0);
  const since = Object.fromEntries(engine.asked.map(({ id, since }) => [id, Number(since) - hour / 1_000]));
  expect(since).toEqual({ quiet: -1, busy: 59 });
});

test('a directory without an archive is a failure, said in one line', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'paws-top-logs-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  await expect(run(expect.fail, { from: dir }, ['web']).code).rejects.toMatchObject({
    kind: 'precondition',
    message: `no logs are archived in ${dir}`,
  });
});

test.each(['/dev/null/archive', import.meta.filename])(
  '%s is no place for an archive, said in one line',
  async (dir) => {
    const code = archiveLogs({
      flags: { ...defaultFlags, project: 'paws', follow: false, archive: dir },
      services: [],
      connect: engineWith(two).connect,
      stdout: new PassThrough(),
      color: false,
      say: () => {},
      interrupted: new AbortController().signal,
    });
    await expect(code).rejects.toMatchObject({ kind: 'precondition', message: `${dir} cannot be written` });
  },
);

test('an archive of many files goes on without writing anything twice, also when all of them are of one second', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'paws-top-logs-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const lines = Array.from(
    { length: 6_000 },
    (_, index): Said => [Math.floor(index / 10), `${index} ${'x'.repeat(500)}`],
  );
  for (const flags of [{ archiveSize: 2 ** 20 }, {}]) {
    const code = archiveLogs({
      flags: { ...defaultFlags, project: 'paws', follow: false, archive: dir, ...flags },
      services: ['web'],
      connect: engineWith({ web: lines }).connect,
      stdout: new PassThrough(),
      color: false,
      say: () => {},
      interrupted: new AbortController().signal,
    });
    expect(await code).toBe(0);
  }
  expect(readdirSync(dir).filter((name) => name.endsWith('.gz')).length).toBeGreaterThan(4);
  const archived = run(expect.fail, { from: dir });
  expect(await archived.code).toBe(0);
  expect(archived.text.out).toBe(lines.map(([, text]) => `web | ${text}\n`).join(''));
});
