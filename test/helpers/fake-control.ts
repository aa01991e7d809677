import type { Control } from '../../source/engine/types.ts';

const refuse = async (): Promise<never> => {
  throw new Error('nothing here may change a container');
};

/** For tests that only look. */
export const noControl: Control = {
  kill: refuse,
  stop: refuse,
  start: refuse,
  restart: refuse,
  pause: refuse,
  unpause: refuse,
  networksOf: refuse,
  disconnect: refuse,
  connect: refuse,
  runBeside: refuse,
  command: refuse,
};

/** Notes each call as a line (`kill c1`) and does what `parts` say, else nothing. */
export function fakeControl(parts: Partial<Control> = {}): { control: Control; calls: string[] } {
  const calls: string[] = [];
  const noted =
    <Args extends readonly unknown[], Result>(name: string, does: (...args: Args) => Promise<Result>) =>
    (...args: Args): Promise<Result> => {
      calls.push([name, ...args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg)))].join(' '));
      return does(...args);
    };
  const nothing = async (): Promise<void> => {};
  const quiet = async () => ({ exitCode: 0, output: '' });
  const control: Control = {
    kill: noted('kill', parts.kill ?? nothing),
    stop: noted('stop', parts.stop ?? nothing),
    start: noted('start', parts.start ?? nothing),
    restart: noted('restart', parts.restart ?? nothing),
    pause: noted('pause', parts.pause ?? nothing),
    unpause: noted('unpause', parts.unpause ?? nothing),
    networksOf: parts.networksOf ?? (async () => []),
    disconnect: noted('disconnect', parts.disconnect ?? nothing),
    connect: noted('connect', parts.connect ?? nothing),
    runBeside: parts.runBeside ?? quiet,
    command: parts.command ?? quiet,
  };
  return { control, calls };
}
