import type { Target } from './types.ts';

/** Shells and database consoles that take the terminal. */
export type Consoles = {
  /**
   * Runs one in the terminal, which must be given away first. Resolves when it has ended with a sentence of how, null where
   * it ended as it should. @throws StackError before anything is run: why there is none
   */
  open(of: 'shell' | 'client', subject: Target): Promise<string | null>;
};

/** One connection string. */
export type Connection = {
  /** `psql, writes`, `JDBC`, `Redis by Sentinel`. */
  readonly title: string;
  /** With `…` for the password. */
  readonly shown: string;
  /** With the password. Never drawn. */
  readonly secret: string;
};

export type Connections = {
  /** What is known now; `refresh` surveys the ways anew. */
  list(): readonly Connection[];
  refresh(): Promise<void>;
};
