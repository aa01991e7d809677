import { enrol, forgetGenerated, read } from './students.ts';

/** A gentle load of our own, so that there is something to watch: one enrolment for every three reads. */

const recent: string[] = [];
const recentMax = 50;
const cleanEvery = 500;

export const traffic = { ok: 0, failed: 0, skipped: 0 };

async function step(count: number): Promise<void> {
  if (count % cleanEvery === 0) await forgetGenerated();
  const id = recent[Math.floor(Math.random() * recent.length)];
  if (id !== undefined && count % 4 !== 0) {
    await read(id);
    return;
  }
  const student = await enrol(`Student ${count}`, true);
  recent.push(student.id);
  if (recent.length > recentMax) recent.shift();
}

/** Requests per second; 0 starts nothing. A request that is due while one is under way is left out, never queued. */
export function startTraffic(rate: number): () => void {
  if (rate === 0) return () => {};
  let busy = false;
  let count = 0;
  const timer = setInterval(() => {
    if (busy) {
      traffic.skipped += 1;
      return;
    }
    busy = true;
    count += 1;
    step(count)
      .then(() => {
        traffic.ok += 1;
      })
      .catch(() => {
        traffic.failed += 1;
      })
      .finally(() => {
        busy = false;
      });
  }, 1000 / rate);
  return () => clearInterval(timer);
}
