import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Acting, withActions } from '../helpers/acting.ts';
import { callWriter } from '../helpers/outside-writer.ts';
import { ensureStack } from '../helpers/stack.ts';

// What a person does to a stack that others work on: each action as the screen starts it, while a plain script writes.

let acting: Acting;
let release: () => void;
let closed: Promise<void>;
let before: number;

beforeAll(async () => {
  await ensureStack();
  const open = Promise.withResolvers<void>();
  release = open.resolve;
  acting = await new Promise<Acting>((resolve, reject) => {
    closed = withActions((opened) => {
      resolve(opened);
      return open.promise;
    });
    closed.catch(reject);
  });
  await acting.until(({ report }) => report.verdict.level === 'ok', 'the stack is ok');
  before = maxConnections()[0] ?? 0;
});

afterAll(async () => {
  // However a test has ended: those that come later find the stack as it was.
  if (patroni()?.members.some((row) => row.pendingRestart || row.postgres.maxConnections !== before)) {
    await acting.act('patroni.edit', { input: `max_connections = ${before}` });
    await acting.act('patroni.restart-pending');
  }
  release();
  await closed;
});

const patroni = () => acting.seen().report.patroni;
const maxConnections = () => (patroni()?.members ?? []).map(({ postgres }) => postgres.maxConnections);

test('a replica restarts, and is awaited until it is healthy', async () => {
  const replica = patroni()?.members.find(({ name }) => name !== patroni()?.leader)?.name ?? '';
  const { progress } = await acting.act('container.restart', { on: replica });
  expect(progress).toMatchObject({ stage: 'done', result: `${replica} restarted` });
  expect(patroni()?.members.find(({ name }) => name === replica)).toMatchObject({ reading: 'ok', state: 'streaming' });
});

/** Edits it, and resolves when every member waits for a restart. */
async function editMaxConnections(wanted: number): Promise<number> {
  const { preview, progress, ms } = await acting.act('patroni.edit', { input: `max_connections = ${wanted}` });
  expect(preview.diff.at(-1)).toEqual({ sign: '+', text: `    max_connections: ${wanted}` });
  expect(progress.result).toMatch(new RegExp(`^max_connections is ${wanted}; .* wait for a restart$`));
  await acting.until(({ report }) => report.patroni?.members.every((row) => row.pendingRestart) === true, 'all wait');
  return ms;
}

/** Restarts those that wait, and resolves when every member has it. */
async function applyMaxConnections(wanted: number): Promise<number> {
  const { progress, ms } = await acting.act('patroni.restart-pending');
  expect(progress.result).toMatch(/nobody waits for a restart$/);
  await acting.until(() => maxConnections().every((value) => value === wanted), `all have ${wanted}`);
  return ms;
}

test('max_connections is edited, waits for a restart, and is applied', async ({ annotate }) => {
  const wanted = (maxConnections()[0] ?? 0) + 10;
  const edited = await editMaxConnections(wanted);
  const applied = await applyMaxConnections(wanted);
  await annotate(`edited and seen to wait in ${edited} ms, applied in ${applied} ms`);
});

test('reload, and maintenance mode on and off', async () => {
  const leader = patroni()?.leader ?? '';
  expect((await acting.act('patroni.reload', { on: leader })).progress.stage).toBe('done');
  expect((await acting.act('patroni.pause')).progress.stage).toBe('done');
  expect(patroni()?.paused).toBe(true);
  expect((await acting.act('patroni.resume')).progress.stage).toBe('done');
  expect(patroni()?.paused).toBe(false);
});

test('Patroni restarts one by one under a writer, with a setting that waits: at most 5 s without a write, none lost', async ({
  annotate,
}) => {
  const wanted = (maxConnections()[0] ?? 0) - 10;
  await editMaxConnections(wanted);
  const startedAt = new Map(acting.seen().report.containers.map((row) => [row.name, row.startedAt]));
  const leader = patroni()?.leader ?? '';
  await acting.until(({ report }) => report.verdict.level === 'ok', 'the stack is ok');
  const writer = await callWriter();
  try {
    const { progress, ms } = await acting.act('patroni.rolling-restart');
    expect(progress).toMatchObject({ stage: 'done' });
    const { postgres } = await writer.stop();
    await annotate(`restarted one by one in ${ms} ms, ${postgres.longestGap.ms} ms without a write`);
    expect(postgres.lost).toBe(0);
    expect(postgres.longestGap.ms).toBeLessThan(5_000);
    const restarted = acting
      .seen()
      .report.containers.filter((row) => row.role === 'patroni' && row.startedAt !== startedAt.get(row.name));
    expect(restarted).toHaveLength(3);
    expect(progress.steps.at(-1)?.text).toBe(`${leader} restarted`);
  } finally {
    await writer.remove();
  }
  // What is lowered holds at the leader first, so those that were restarted before it wait again.
  if (patroni()?.members.some((row) => row.pendingRestart)) await applyMaxConnections(wanted);
  expect(maxConnections()).toEqual([wanted, wanted, wanted]);
  expect(acting.seen().report.verdict.level).toBe('ok');
  expect(acting.told).toEqual(expect.arrayContaining(['rolling restart patroni', `${leader} restarted`]));
});
