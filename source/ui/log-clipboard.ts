import { spawn } from 'node:child_process';

type Env = Readonly<Record<string, string | undefined>>;

/** The most base64 that terminals take in one OSC 52: xterm's and hterm's 100 000 bytes, and less where others count more. */
const mostBase64 = 74_000;

/** What of these lines fits into a clipboard: whole lines as long as they fit, of a longer first one its beginning. */
export function clippingOf(lines: readonly string[]): {
  readonly text: string;
  readonly lines: number;
  readonly cut: boolean;
} {
  const most = Math.floor(mostBase64 / 4) * 3;
  const kept: string[] = [];
  let size = 0;
  for (const line of lines) {
    const bytes = Buffer.byteLength(line) + (kept.length === 0 ? 0 : 1);
    if (size + bytes > most) break;
    kept.push(line);
    size += bytes;
  }
  const [first = ''] = lines;
  if (kept.length > 0 || lines.length === 0)
    return { text: kept.join('\n'), lines: kept.length, cut: kept.length < lines.length };
  // Whatever the cut splits at its end is no character any more.
  const text = Buffer.from(first)
    .subarray(0, most)
    .toString()
    .replace(/\ufffd$/, '');
  return { text, lines: 1, cut: true };
}

/**
 * What sets the clipboard of the terminal at the other end, also over SSH (OSC 52; xterm's ctlseqs). Inside tmux it is said
 * twice, since tmux listens to the one with `set-clipboard on` and passes on the other with `allow-passthrough on`, and
 * before 3.3 always. GNU screen passes on what is wrapped, in pieces shorter than its limit of 768 bytes.
 */
export function clipboardSequence(text: string, env: Env): string {
  const base64 = Buffer.from(text).toString('base64');
  const plain = `\x1b]52;c;${base64}\x07`;
  if (env.TMUX || env.TERM?.startsWith('tmux')) return `${plain}\x1bPtmux;\x1b${plain}\x1b\\`;
  if (!env.STY) return plain;
  const pieces = plain.match(/.{1,400}/gs) ?? [];
  return pieces.map((piece) => `\x1bP${piece}\x1b\\`).join('');
}

/**
 * Sets the clipboard of the terminal. Inside tmux by tmux itself, which does it whatever its options are (tried with 3.3: by
 * default it takes neither sequence from a program); where that fails, and everywhere else, by OSC 52.
 */
export async function setClipboard(text: string, env: Env, write: (sequence: string) => void): Promise<void> {
  if (env.TMUX && (await loadBuffer(text, env))) return;
  write(clipboardSequence(text, env));
}

/** `-w`, since tmux 3.2: to the clipboard too. Resolves with whether it was done, within a second. */
function loadBuffer(text: string, env: Env): Promise<boolean> {
  return new Promise((resolve) => {
    const tmux = spawn('tmux', ['load-buffer', '-w', '-'], {
      env: { ...env },
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: 1_000,
    });
    tmux.on('error', () => resolve(false));
    tmux.on('close', (code) => resolve(code === 0));
    // It may be gone before it has read.
    tmux.stdin.on('error', () => {});
    tmux.stdin.end(text);
  });
}
