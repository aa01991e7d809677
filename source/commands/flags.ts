/** What the command line can say. Times in ms. */
export type Flags = {
  readonly project: string | undefined;
  readonly host: string | undefined;
  readonly composeFile: string | undefined;
  readonly interval: number;
  readonly readOnly: boolean;
  readonly heal: boolean;
  readonly color: boolean;
  readonly json: boolean;
  readonly wait: boolean;
  readonly timeout: number;
  readonly volumes: boolean;
  readonly markdown: boolean;
  readonly install: boolean;
  readonly file: string | undefined;
  readonly list: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly yesRemote: boolean;
  readonly repeat: number;
  readonly seed: number;
  readonly steps: number;
  /** Writes per second of each ledger. */
  readonly rate: number;
  readonly junit: string | undefined;
  readonly html: string | undefined;
  readonly history: boolean;
  /** What a dead-man is to stand by for; ours alone to say. */
  readonly deadMan: string | undefined;
};

/** A bare `paws-top`: known without loading the parser, so that the first frame is not kept waiting. */
export const defaultFlags: Flags = {
  project: undefined,
  host: undefined,
  composeFile: undefined,
  interval: 1_000,
  readOnly: false,
  heal: true,
  color: true,
  json: false,
  wait: false,
  timeout: 120_000,
  volumes: false,
  markdown: false,
  install: false,
  file: undefined,
  list: false,
  dryRun: false,
  yes: false,
  yesRemote: false,
  repeat: 1,
  seed: 1,
  steps: 5,
  rate: 20,
  junit: undefined,
  html: undefined,
  history: false,
  deadMan: undefined,
};

export const globalFlags = ['project', 'host', 'composeFile', 'interval', 'readOnly', 'heal', 'color'] as const;

export type Command = {
  /** Its words as help shows them, and how many it takes at most. */
  readonly words: string;
  readonly most: number;
  readonly flags: readonly (keyof Flags)[];
  readonly does: string;
};

/** Every subcommand. Help and the errors about unknown words derive from it. */
export const commands: Readonly<Record<string, Command>> = {
  up: { words: '[PROFILE]', most: 1, flags: ['install'], does: 'build what is missing, start, wait until healthy' },
  down: { words: '', most: 0, flags: ['volumes'], does: 'stop and remove the stack; --volumes: its data too' },
  status: {
    words: '',
    most: 0,
    flags: ['json', 'wait', 'timeout'],
    does: 'one report; exits 0 ok, 1 degraded, 2 down, 3 unknown',
  },
  drill: {
    words: '[ID]',
    most: 1,
    flags: [
      'file',
      'list',
      'dryRun',
      'yes',
      'yesRemote',
      'repeat',
      'seed',
      'steps',
      'rate',
      'json',
      'junit',
      'html',
      'history',
    ],
    does: 'break something, measure; exits 0 passed, 1 failed, 2 not run, 3 unclear',
  },
  heal: { words: '', most: 0, flags: [], does: 'undo every fault that is still in the journal' },
  keys: { words: '', most: 0, flags: ['markdown'], does: 'the keys of the screen' },
};
