import { parseArgs } from 'node:util';
import { addIdleContainers } from './idle-containers.ts';
import { type Figures, idleEngineCpu, measure, type Subject } from './measure.ts';

/**
 * What paws-top costs, beside `docker stats` in the same run, as a Markdown table. The stack must be up.
 * `npm run bench -- --seconds 30 --idle 200`
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '30' }, idle: { type: 'string', default: '0' } },
});

const subjects: readonly Subject[] = [
  {
    name: 'paws-top',
    live: (screen) => ['etcd1', 'patroni1', 'redis1', 'sentinel1'].every((member) => screen.includes(member)),
    keys: { there: '↓', back: '↑' },
    quit: 'q',
  },
  {
    name: 'docker stats',
    command: 'docker',
    args: ['stats'],
    live: (screen) => /\d\.\d\d%/.test(screen),
    keys: null,
    quit: '^C',
  },
];

const seconds = Number(values.seconds);
const idle = Number(values.idle);
if (!(seconds > 0 && idle >= 0)) {
  process.stderr.write('bench: --seconds takes a number above 0, --idle one of 0 or more\n');
  process.exit(64);
}
const say = (text: string) => process.stderr.write(`${text}\n`);

let removeIdle = async () => {};
const interrupted = () => void removeIdle().finally(() => process.exit(130));
process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
try {
  if (idle > 0) {
    say(`starting ${idle} idle containers`);
    removeIdle = await addIdleContainers(idle);
  }
  // Before, between and after, because health checks make the engine's own load uneven.
  const idles = [await alone()];
  const measured: { name: string; figures: Figures }[] = [];
  for (const subject of subjects) {
    say(`${subject.name}, ${seconds} s`);
    measured.push({ name: subject.name, figures: await measure(subject, seconds) });
    idles.push(await alone());
  }
  const idleEngine = idles.reduce((sum, percent) => sum + percent, 0) / idles.length;
  const rows = measured.map(({ name, figures }) => row(name, figures, idleEngine));
  process.stdout.write(`${[...head(idleEngine), ...rows].join('\n')}\n`);
} finally {
  await removeIdle();
}

function alone(): Promise<number> {
  say(`the engine alone, ${seconds} s`);
  return idleEngineCpu(seconds);
}

function head(idleEngine: number): string[] {
  const columns = [
    `${13 + idle} containers, ${seconds} s`,
    'first frame',
    'all live',
    'own CPU',
    `engine CPU above its idle ${idleEngine.toFixed(1)} %`,
    'bytes to the tty',
    'memory (RSS)',
    'its peak',
    'PSS',
    'key p50 / p99',
  ];
  return [`| ${columns.join(' | ')} |`, `|${' --- |'.repeat(columns.length)}`];
}

function row(name: string, figures: Figures, idleEngine: number): string {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  const { keyP50Ms, keyP99Ms } = figures;
  const cells = [
    name,
    `${figures.firstFrameMs.toFixed(0)} ms`,
    `${figures.liveMs.toFixed(0)} ms`,
    `${figures.ownCpu.toFixed(2)} %`,
    `${(figures.engineCpu - idleEngine).toFixed(2)} %`,
    `${(figures.bytesPerSecond / 1e3).toFixed(2)} kB/s`,
    megabytes(figures.residentBytes),
    megabytes(figures.peakBytes),
    megabytes(figures.shareBytes),
    keyP50Ms === null || keyP99Ms === null ? '–' : `${keyP50Ms.toFixed(1)} / ${keyP99Ms.toFixed(1)} ms`,
  ];
  return `| ${cells.join(' | ')} |`;
}
