import type { Level } from '../logs/types.ts';

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
  /** A time as typed; logs-words.ts reads it. */
  readonly since: string | undefined;
  /** Lines of each service before following; undefined: all. */
  readonly tail: number | undefined;
  readonly grep: string | undefined;
  /** Lines around each match. */
  readonly context: number;
  readonly level: Level | undefined;
  readonly follow: boolean;
  readonly timestamps: boolean;
  readonly archive: string | undefined;
  /** Bytes. */
  readonly archiveSize: number;
  readonly from: string | undefined;
  /** What the screen keeps of logs, in lines and in bytes. */
  readonly logLines: number;
  readonly logBytes: number;
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
  since: undefined,
  tail: undefined,
  grep: undefined,
  context: 0,
  level: undefined,
  follow: true,
  timestamps: false,
  archive: undefined,
  archiveSize: 2 ** 30,
  from: undefined,
  logLines: 100_000,
  logBytes: 64 * 2 ** 20,
  deadMan: undefined,
};

export const globalFlags = ['project', 'host', 'composeFile', 'interval', 'readOnly', 'heal', 'color'] as const;
/** What the bare command takes beside those. */
export const screenFlags = ['logLines', 'logBytes'] as const;

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
  profile: {
    words: 'NAME',
    most: 1,
    flags: ['dryRun', 'yes', 'json'],
    does: 'change the profile while it runs: leaders move first, nothing is lost',
  },
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
  logs: {
    words: '[SERVICE…]',
    most: Number.POSITIVE_INFINITY,
    flags: [
      'since',
      'tail',
      'grep',
      'context',
      'level',
      'follow',
      'json',
      'timestamps',
      'archive',
      'archiveSize',
      'from',
    ],
    does: 'lines of all services in the order of time: all there are, then new ones as they come',
  },
  doctor: { words: '', most: 0, flags: ['json'], does: 'what is wrong with machine and stack, and how to mend it' },
  backup: { words: 'FILE', most: 1, flags: ['yes'], does: 'all databases into a file, from whoever leads' },
  restore: { words: 'FILE', most: 1, flags: ['yes'], does: 'all databases back from such a file, into whoever leads' },
  keys: { words: '', most: 0, flags: ['markdown'], does: 'the keys of the screen' },
};
