/** Headless Chromium, asked over its DevTools pipe; no library and no port. */
import { execFileSync, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser's command. Installed by apt where it is missing and we may; else it throws. For `beforeAll`. */
export function ensureChromium(): string {
  const found = () => names.find((name) => has(name));
  if (found() === undefined && process.getuid?.() === 0 && has('apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync('apt-get', ['update', '-q'], { stdio: 'ignore', env });
    execFileSync('apt-get', ['install', '-y', '-q', 'chromium'], { stdio: 'ignore', env });
  }
  const name = found();
  if (name === undefined) throw new Error('no Chromium is installed, and only root on Debian gets it by itself');
  return name;
}

function has(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

type Answer = {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: unknown;
};

export type Page = {
  /** Every address that was asked for, the page's own first. */
  readonly requests: readonly string[];
  /** What the console and the content policy complained of. */
  readonly complaints: readonly string[];
  evaluate<T>(expression: string): Promise<T>;
  resize(width: number, height: number): Promise<void>;
  dark(): Promise<void>;
};

/** Opens a page, loaded when this resolves; the browser is gone when the test is. */
export async function openPage(browser: string, url: string): Promise<Page> {
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--remote-debugging-pipe'];
  const child = spawn(browser, [...flags, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  onTestFinished(async () => {
    child.kill();
    await ended;
  });
  const [write, read] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const waiting = new Map<
    number,
    { resolve: (result: Record<string, unknown>) => void; reject: (error: Error) => void }
  >();
  const listeners = new Set<(answer: Answer) => void>();
  void ended.then(() => {
    for (const { reject } of waiting.values()) reject(new Error('Chromium ended'));
  });

  let half = '';
  read.setEncoding('utf8').on('data', (text: string) => {
    const parts = (half + text).split('\0');
    half = parts.pop() ?? '';
    for (const part of parts) {
      const answer = JSON.parse(part) as Answer;
      for (const listener of listeners) listener(answer);
      const asked = waiting.get(answer.id ?? 0);
      if (answer.error) asked?.reject(new Error(JSON.stringify(answer.error)));
      else asked?.resolve(answer.result ?? {});
    }
  });
  let last = 0;
  const send = (method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      write.write(`${JSON.stringify({ id: last, method, params, ...(sessionId && { sessionId }) })}\0`);
    });

  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  const page = (method: string, params: object = {}) => send(method, params, sessionId as string);

  const requests: string[] = [];
  const complaints: string[] = [];
  const loaded = new Promise<void>((resolve) => {
    listeners.add(({ method, params = {} }) => {
      if (method === 'Page.loadEventFired') resolve();
      if (method === 'Network.requestWillBeSent') requests.push((params.request as { url: string }).url);
      if (method === 'Log.entryAdded') complaints.push((params.entry as { text: string }).text);
    });
  });
  await Promise.all(['Page.enable', 'Network.enable', 'Log.enable', 'Runtime.enable'].map((method) => page(method)));
  await page('Page.navigate', { url });
  await loaded;
  return {
    requests,
    complaints,
    async evaluate<T>(expression: string) {
      const { result, exceptionDetails } = await page('Runtime.evaluate', { expression, returnByValue: true });
      if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { value: T }).value;
    },
    async resize(width, height) {
      await page('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    },
    async dark() {
      await page('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: 'dark' }] });
    },
  };
}
