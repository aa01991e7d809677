import type { Access } from '../engine/types.ts';
import { subjectOf } from '../probes/connection.ts';
import { withinDeadline } from '../probes/deadline.ts';
import { failure, socketFailure } from '../probes/failures.ts';
import { listOf, textOf } from '../probes/fields.ts';
import { StackError } from '../stack/errors.ts';

const deadlineMs = 3_000;

/** A parameter as one Postgres has it (PostgreSQL documentation, view pg_settings). */
export type Parameter = {
  readonly name: string;
  /** With its unit, as SHOW prints it. */
  readonly shown: string;
  /** `postmaster`: only a restart changes it. */
  readonly context: string;
  /** `bool`, `enum`, `integer`, `real`, `string`. */
  readonly type: string;
  readonly allowed: readonly string[];
  readonly min: number | null;
  readonly max: number | null;
};

const query = `
select name, current_setting(name) as shown, context, vartype, enumvals, min_val, max_val
from pg_settings where lower(name) = lower($1)`;

/** Null where this Postgres has none of that name. @throws StackError */
export async function readParameter(access: Access, name: string): Promise<Parameter | null> {
  const [row] = await ask(access, query, [name]);
  if (row === undefined) return null;
  const number = (value: unknown) => (value === null || value === undefined ? null : Number(value));
  return {
    name: textOf(row.name),
    shown: textOf(row.shown),
    context: textOf(row.context),
    type: textOf(row.vartype),
    allowed: listOf(row.enumvals).map(String),
    min: number(row.min_val),
    max: number(row.max_val),
  };
}

async function ask(
  { member, postgres }: Access,
  text: string,
  values: readonly string[],
): Promise<readonly Record<string, unknown>[]> {
  const endpoint = postgres?.endpoint ?? null;
  const subject = `Postgres of ${subjectOf(member.name, endpoint)}`;
  if (postgres === null || endpoint === null) throw failure('unreachable', subject);
  const { explainPostgres, openPostgresClient } = await import('../probes/postgres-client.ts');
  const client = openPostgresClient(endpoint, postgres.credentials, postgres.database);
  try {
    const answer = client.ready().then(() => client.query<Record<string, unknown>>(text, values));
    return await withinDeadline(answer, deadlineMs, subject);
  } catch (error) {
    if (error instanceof StackError) throw error;
    throw explainPostgres(error, subject) ?? socketFailure(subject, error);
  } finally {
    client.close();
  }
}

/** Why PostgreSQL would not take this value, a sentence; null: as far as can be told it would. */
export function unfit({ name, type, context, allowed, min, max }: Parameter, value: unknown): string | null {
  if (context === 'internal') return `${name} is told by PostgreSQL and can't be set`;
  const text = String(value);
  if (type === 'enum' && !allowed.includes(text.toLowerCase())) {
    // A boolean word is taken by most.
    if (!/^(on|off|true|false)$/i.test(text)) return `${name} is one of ${allowed.join(', ')}`;
  }
  if (type === 'bool' && !/^(on|off|true|false|yes|no|1|0)$/i.test(text)) return `${name} is on or off`;
  if (type === 'integer' || type === 'real') {
    if (!/^-?[\d.]+\s*[A-Za-z]*$/.test(text)) return `${name} is a number, and "${text}" is none`;
    // With a unit it is PostgreSQL's to judge.
    const plain = Number(text);
    if (!Number.isNaN(plain) && ((min !== null && plain < min) || (max !== null && plain > max))) {
      return `${name} is between ${min} and ${max}`;
    }
  }
  return null;
}
