import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { html } from '../../source/drills/report-html.ts';
import type { DrillReport } from '../../source/drills/types.ts';
import { ensureChromium, openPage } from '../helpers/chromium.ts';
import {
  cascade,
  failed,
  inconclusive,
  notRun,
  patroniLeaderKill,
  redisFailover,
  runs,
} from '../helpers/drill-reports.ts';

let browser: string;
beforeAll(() => {
  browser = ensureChromium();
});

async function open(reports: readonly DrillReport[]) {
  const folder = await mkdtemp(join(tmpdir(), 'paws-top-page-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const url = pathToFileURL(join(folder, 'report.html')).href;
  await writeFile(join(folder, 'report.html'), html(reports));
  return { url, page: await openPage(browser, url) };
}
const text = 'document.body.innerText';
const pages = {
  'a drill that passed': [patroniLeaderKill],
  'a drill with losses': [redisFailover],
  'three systems': [cascade],
  'a failed drill': [failed],
  'an inconclusive drill': [inconclusive],
  'a drill not run': [notRun],
  'repeated runs': runs,
  'different drills': [cascade, notRun, failed],
};

test.each(Object.entries(pages))(
  'the page of %s asks for nothing but itself and complains of nothing',
  async (_, reports) => {
    const { url, page } = await open(reports);
    for (const { why } of reports) expect(await page.evaluate<string>(text)).toContain(why);
    expect(page.requests.filter((asked) => !asked.startsWith('data:'))).toEqual([url]);
    expect(page.complaints).toEqual([]);
  },
);

test('the page says what was measured beside what was predicted, and draws it', async () => {
  const { page } = await open([redisFailover]);
  const said = await page.evaluate<string>(text);
  for (const part of [
    '✓ Passed',
    '187',
    '9.6 s',
    '0.2–2.5 s',
    'appendfsync everysec',
    'redisfailovermn7k2q-001076',
    '+promoted-slave',
  ])
    expect(said).toContain(part);
  const boxes = await page.evaluate<Record<string, { left: number; right: number; height: number }>>(`(() => {
    const box = (name) => { const { left, right, height } = document.querySelector(name).getBoundingClientRect(); return { left, right, height }; };
    return { acked: box('path.acked'), failed: box('path.failed'), writable: box('.row.writable .dot'), band: box('.over .band'), zero: box('.zero'), redundant: box('.row.redundant .dot') };
  })()`);
  const { acked, failed: bad, writable, band, zero, redundant } = boxes;
  if (!acked || !bad || !writable || !band || !zero || !redundant) throw new Error('a part of the drawing is missing');
  expect(acked.height).toBeGreaterThan(20);
  expect(zero.left).toBeLessThan(band.left);
  expect(writable.left).toBeGreaterThan(band.left - 8);
  expect(writable.right).toBeLessThan(band.right + 8);
  expect(bad.left).toBeGreaterThan(band.right);
  expect(redundant.left).toBeGreaterThan(bad.right);
});

test.each([1280, 600, 360])('nothing is cut off at %i pixels', async (width) => {
  const { page } = await open([cascade, redisFailover, ...runs]);
  await page.resize(width, 900);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  const outside = await page.evaluate<string[]>(
    `[...document.querySelectorAll('.chart span, td, th, h1, h2')].filter((one) => one.getBoundingClientRect().right > ${width}).map((one) => one.textContent)`,
  );
  expect(outside).toEqual([]);
});

test('the page is dark where the reader has it so', async () => {
  const { page } = await open([patroniLeaderKill]);
  const background = 'getComputedStyle(document.body).backgroundColor';
  const light = await page.evaluate<string>(background);
  await page.dark();
  expect(light).toBe('rgb(251, 250, 248)');
  expect(await page.evaluate(background)).toBe('rgb(20, 23, 26)');
});

test('text from outside is text, not markup', async () => {
  const hostile = '<img src="http://example.org/x.png"><script>document.title = "taken"</script>';
  const { url, page } = await open([
    {
      ...redisFailover,
      target: hostile,
      why: hostile,
      timeline: [{ atMs: 0, source: hostile, text: hostile }],
      systems: redisFailover.systems.map((result) => ({ ...result, failures: [hostile], leaderAfter: hostile })),
    },
  ]);
  expect(await page.evaluate(`document.querySelectorAll('img, script').length`)).toBe(0);
  expect(await page.evaluate<string>(text)).toContain(hostile);
  expect(await page.evaluate('document.title')).toBe('redis-failover: passed');
  expect(page.requests.filter((asked) => !asked.startsWith('data:'))).toEqual([url]);
});
