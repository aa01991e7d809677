import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPace } from '../../source/ui/pace.ts';

const question = '\x1b[5n';
const answer = '\x1b[0n';

/** A pace with a clock of its own, and somebody who wants a frame drawn whenever one may be. */
function paced(frameBytes = 4_000, keyBytes = 4_000) {
  let now = 0;
  let bytes = 0;
  const timers = new Map<() => void, number>();
  const asked: number[] = [];
  const pace = createPace({
    clock: {
      now: () => now,
      after(ms, callback) {
        const due = () => callback();
        timers.set(due, now + ms);
        return () => timers.delete(due);
      },
    },
    write: (text) => {
      expect(text).toBe(question);
      asked.push(now);
    },
    bytes: () => bytes,
  });
  const close = pace.open();
  const frames: number[] = [];
  const keyFrames: number[] = [];
  const draw = () => {
    frames.push(now);
    bytes += frameBytes;
    pace.written();
    pace.next(draw);
  };
  return {
    pace,
    frames,
    asked,
    close,
    begin: () => pace.next(draw),
    keyFrames,
    press: () =>
      pace.key(() => {
        keyFrames.push(now);
        bytes += keyBytes;
        pace.written();
      }),
    timers: () => timers.size,
    /** Time passes by single milliseconds; `each` is called after each of them. */
    pass(ms: number, each: (now: number) => void = () => {}) {
      for (const until = now + ms; now < until; ) {
        now += 1;
        for (const [callback, due] of timers) {
          if (due > now) continue;
          timers.delete(callback);
          callback();
        }
        each(now);
      }
    },
  };
}

/** A terminal that answers each question so long after it. */
const answering = (subject: ReturnType<typeof paced>, delayMs: number) => (now: number) => {
  for (const at of subject.asked) if (at + delayMs === now) subject.pace.heard(answer);
};
const gaps = (times: readonly number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0));

test('the first frame is drawn at once, the next ones 120 ms apart', () => {
  const subject = paced();
  subject.begin();
  expect(subject.frames).toEqual([0]);
  subject.pass(1_000, answering(subject, 2));
  expect(new Set(gaps(subject.frames))).toEqual(new Set([120]));
});

test('nothing is asked unless somebody has opened it, whoever draws', () => {
  const { close, press, pace, asked } = paced();
  close();
  press();
  pace.next(pace.written);
  expect(asked).toEqual([]);
});

test('what a key changes is drawn at once, also while a frame is under way', () => {
  const subject = paced();
  subject.begin();
  subject.pass(50, answering(subject, 40));
  subject.pass(75, answering(subject, 40));
  expect(subject.frames).toEqual([0, 120]);
  subject.press();
  expect(subject.keyFrames).toEqual([125]);
});

test('a key that is held down over a slow link never has more than two pages under way', () => {
  const subject = paced();
  let freeAt = 0;
  let most = 0;
  const due: number[] = [];
  subject.begin();
  subject.pass(20_000, (now) => {
    // 20 kB/s: a page takes 200 ms, one after the other.
    while (due.length < subject.asked.length) {
      freeAt = Math.max(freeAt, now) + 200;
      due.push(freeAt);
    }
    if (now > 1_000) most = Math.max(most, due.filter((at) => at > now).length);
    if (due.includes(now)) subject.pace.heard(answer);
    if (now % 33 === 0) subject.press();
  });
  expect(most).toBe(2);
  // The link is used all the time.
  expect(subject.keyFrames.length + subject.frames.length).toBeGreaterThan(90);
});

test('moving a cursor is held up by nothing: it takes few bytes', () => {
  const subject = paced(4_000, 200);
  subject.begin();
  subject.pass(300, answering(subject, 200));
  for (let press = 0; press < 8; press += 1) subject.press();
  expect(subject.keyFrames).toHaveLength(8);
});

test('a frame that wrote nothing asks nothing and holds nothing up', () => {
  const subject = paced(0);
  subject.begin();
  subject.pass(240);
  expect(subject.frames).toEqual([0, 120, 240]);
  expect(subject.asked).toEqual([]);
});

test('the next frame waits for the answer, and leaves a fifth of the link to keys', () => {
  const subject = paced();
  subject.begin();
  subject.pass(4_000, answering(subject, 300));
  expect(new Set(gaps(subject.frames))).toEqual(new Set([360]));
});

test('larger frames come less often, at most four a second slower', () => {
  const larger = paced(7_700);
  larger.begin();
  larger.pass(2_000, answering(larger, 1));
  expect(new Set(gaps(larger.frames))).toEqual(new Set([200]));
  const huge = paced(90_000);
  huge.begin();
  huge.pass(2_000, answering(huge, 1));
  expect(new Set(gaps(huge.frames))).toEqual(new Set([250]));
});

test('a terminal that never answers is asked twice, then drawn four times a second', () => {
  const subject = paced();
  subject.begin();
  subject.pass(4_000);
  expect(subject.asked).toHaveLength(2);
  expect(subject.frames.slice(0, 3)).toEqual([0, 1_000, 2_000]);
  expect(new Set(gaps(subject.frames.slice(2)))).toEqual(new Set([250]));
});

test('a link that takes 3 s for a frame is slow, not mute: nothing piles up in it', () => {
  const subject = paced();
  subject.begin();
  let underWay = 0;
  const due: number[] = [];
  let freeAt = 0;
  let most = 0;
  subject.pass(60_000, (now) => {
    while (due.length < subject.asked.length) {
      freeAt = Math.max(freeAt, now) + 3_000;
      due.push(freeAt);
    }
    underWay = due.filter((at) => at > now).length;
    if (now > 20_000) most = Math.max(most, underWay);
    if (due.includes(now)) subject.pace.heard(answer);
  });
  expect(most).toBe(1);
  expect(subject.frames.length).toBeGreaterThan(10);
});

test('an answer is known however it is cut up, and among keys', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('j', '\x1b[A', '\x1b', '[0', '\x1b[0', answer), { maxLength: 5 }),
      fc.array(fc.nat({ max: 30 }), { maxLength: 6 }),
      (before, cuts) => {
        const subject = paced();
        const { pace } = subject;
        subject.begin();
        const sent = `${before.join('')}${answer}x`;
        const at = [0, ...cuts.map((cut) => Math.min(cut, sent.length)).sort((a, b) => a - b), sent.length];
        for (const [index, from] of at.entries()) pace.heard(sent.slice(from, at[index + 1] ?? sent.length));
        expect(pace.quiet()).toBe(null);
      },
    ),
  );
});

test('an answer right behind an Esc leaves the Esc alone', () => {
  const { pace } = paced();
  expect(pace.heard('j\x1b\x1b[0n')).toBe('j\x1b');
  expect(pace.heard('\x1b[0n\x1b[A')).toBe('\x1b[A');
  expect(pace.heard('\x1b[0')).toBe('\x1b[0');
  expect(pace.heard('nj\x1b[0n')).toBe('nj');
});

test('on leaving, the answer that is still to come is waited for, at most 300 ms', async () => {
  const subject = paced();
  subject.begin();
  subject.pass(100);
  let quiet = false;
  const leaving = subject.pace.quiet()?.then(() => {
    quiet = true;
  });
  subject.pass(150);
  await Promise.resolve();
  expect(quiet).toBe(false);
  subject.pace.heard(answer);
  await leaving;
  expect(quiet).toBe(true);

  const mute = paced();
  mute.begin();
  const given = mute.pace.quiet();
  mute.pass(300);
  await given;
});

test('nobody waits for a terminal of which nothing is expected', () => {
  const answered = paced();
  answered.begin();
  answered.pace.heard(answer);
  expect(answered.pace.quiet()).toBe(null);
  const mute = paced();
  mute.begin();
  mute.pass(5_000);
  expect(mute.pace.quiet()).toBe(null);
});

test('while leaving nothing is drawn or asked, and no timer is left when nobody wants a frame', () => {
  const subject = paced();
  subject.begin();
  subject.pass(10, answering(subject, 1));
  expect(subject.pace.quiet()).toBe(null);
  subject.pass(1_000);
  expect(subject.frames).toHaveLength(1);
  expect(subject.asked).toHaveLength(1);
  expect(subject.timers()).toBe(0);
});

test('who asked for a frame can forget it', () => {
  const subject = paced();
  subject.begin();
  const drawn: string[] = [];
  const forget = subject.pace.next(() => drawn.push('forgotten'));
  forget();
  subject.pass(1_000, answering(subject, 1));
  expect(drawn).toEqual([]);
});

test('somebody else has had the terminal: nothing is asked meanwhile, frames go on afterwards, lost answers are not awaited', async () => {
  const { pace, begin, frames, asked, pass } = paced();
  begin();
  pass(10);
  pace.heard(answer);
  pass(200);
  const [drawn, questions] = [frames.length, asked.length];
  void pace.quiet();
  pass(3_000);
  expect([frames.length, asked.length]).toEqual([drawn, questions]);
  pace.resume();
  pass(1);
  expect([frames.length, asked.length]).toEqual([drawn + 1, questions + 1]);
});
