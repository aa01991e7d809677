/**
 * Run by lock.test.ts in several processes: once told on stdin, takes the lock at argv[2] as often and as fast as it can,
 * without a pause that would keep them apart, and notes each stay in argv[3].
 */
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { tryLock } from '../../source/drills/lock.ts';

const [, , folder = '', notes = ''] = process.argv;
process.stdout.write('ready\n');
await once(process.stdin, 'data');
for (let stays = 0; stays < 25; await turn()) {
  const lock = await tryLock(folder);
  if ('heldBy' in lock) continue;
  appendFileSync(notes, `${process.pid} in\n`);
  await turn();
  appendFileSync(notes, `${process.pid} out\n`);
  await lock.release();
  stays++;
}
process.exit(0);
