import { openTerminal, type PtyTerminal, type TerminalOptions } from './pty.ts';

/** The screen with the service's container selected. */
export async function selectService(service: string, options: TerminalOptions): Promise<PtyTerminal> {
  const terminal = openTerminal({ args: ['--project', 'paws'], ...options });
  await terminal.waitFor(/etcd1/, 30_000);
  terminal.press('/');
  terminal.press(service);
  terminal.press('Enter');
  await terminal.waitFor((screen) => new RegExp(`^│.{0,2}${service} `, 'm').test(screen), 30_000);
  return terminal;
}
