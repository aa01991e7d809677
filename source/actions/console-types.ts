import type { Target } from './types.ts';

/**
 * shell: whatever shell the container has. client: the one of the member's system (psql, redis-cli, etcdctl). cluster: what
 * its cluster is led by, patronictl; the client where the system has none of its own.
 */
export type ConsoleKind = 'shell' | 'client' | 'cluster';

/** Shells and database consoles that take the terminal. */
export type Consoles = {
  /**
   * Looks at what there is to open. Changes nothing, and leaves the terminal alone. @throws StackError: why there is none, in
   * a sentence
   */
  find(kind: ConsoleKind, subject: Target): Promise<FoundConsole>;
};

export type FoundConsole = {
  /** `psql on patroni2`. */
  readonly title: string;
  /** How it is left, as in `exit with \q or Ctrl+D`. */
  readonly leave: string;
  /** Runs it in the terminal, which must have been given away. Aborted, it is ended. Never throws. */
  run(signal: AbortSignal): Promise<ConsoleEnd>;
};

export type ConsoleEnd = {
  /** A sentence of how it ended; null: as it should. */
  readonly said: string | null;
  /** What it wrote last would be gone before anybody has read it. */
  readonly unread: boolean;
};

/** One connection string. */
export type Connection = {
  /** `psql, writes`, `JDBC`, `Redis by Sentinel`. */
  readonly title: string;
  /** With `…` for the password. */
  readonly shown: string;
  /** With the password. Never drawn. */
  readonly secret: string;
  /** What one should know who uses it, a sentence; null: nothing. */
  readonly note: string | null;
};

export type Connections = {
  /** What is known now; `refresh` surveys the ways anew. */
  list(): readonly Connection[];
  refresh(): Promise<void>;
};
