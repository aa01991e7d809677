/** Run by lock.test.ts in several processes: takes the lock at argv[2] when told on stdin, and notes each stay in argv[3]. */

import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from '../../source/drills/lock.ts';

const [, , folder = '', notes = ''] = process.argv;
process.stdout.write('ready\n');
await once(process.stdin, 'data');
for (let turn = 0; turn < 4; turn++) {
  await withLock(
    folder,
    async () => {
      appendFileSync(notes, `${process.pid} in\n`);
      await sleep(Math.random() * 8);
      appendFileSync(notes, `${process.pid} out\n`);
    },
    { waitMs: 30_000, what: 'testing' },
  );
}
process.exit(0);
