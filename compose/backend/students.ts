import { randomUUID } from 'node:crypto';
import { query } from './postgres.ts';
import { withRedis } from './redis.ts';

export interface Student {
  id: string;
  name: string;
  enrolledAt: string;
}

const cacheSeconds = 60;
const columns = `id, name, to_json(enrolled_at) #>> '{}' as "enrolledAt"`;
let tableExists = false;

async function ensureTable(): Promise<void> {
  if (tableExists) return;
  await query(`create table if not exists students (
    id uuid primary key,
    name text not null,
    generated boolean not null default false,
    enrolled_at timestamptz not null default now())`);
  tableExists = true;
}

/** The id is made here, so that a repeated attempt is the same student and not a second one. */
export async function enrol(name: string, generated = false): Promise<Student> {
  await ensureTable();
  const [student] = await query<Student>(
    `insert into students (id, name, generated) values ($1, $2, $3)
     on conflict (id) do update set name = excluded.name returning ${columns}`,
    [randomUUID(), name, generated],
  );
  if (student === undefined) throw new Error('the insert returned no row');
  await remember(student);
  return student;
}

/** Read through the cache; without Redis it is merely slower. */
export async function read(id: string): Promise<{ student: Student | null; cache: 'hit' | 'miss' }> {
  const cached = await withRedis((client) => client.get(keyOf(id))).catch(() => null);
  if (cached !== null) return { student: JSON.parse(cached), cache: 'hit' };
  await ensureTable();
  const [student] = await query<Student>(`select ${columns} from students where id = $1`, [id]);
  if (student !== undefined) await remember(student);
  return { student: student ?? null, cache: 'miss' };
}

/** Keeps what the generated traffic leaves behind small. */
export async function forgetGenerated(): Promise<void> {
  await query(`delete from students where generated and enrolled_at < now() - interval '1 hour'`);
}

async function remember(student: Student): Promise<void> {
  await withRedis((client) => client.set(keyOf(student.id), JSON.stringify(student), 'EX', cacheSeconds)).catch(
    () => {},
  );
}

function keyOf(id: string): string {
  return `student:${id}`;
}
