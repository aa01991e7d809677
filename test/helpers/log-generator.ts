import { randomUUID } from 'node:crypto';
import Docker from 'dockerode';

const label = 'paws-top.test-logs';

/**
 * What writes the lines. A batch every 10 ms at the latest holds exactly what is due, so that the rate is exact over any
 * longer time; history is one batch. It then sleeps, as a service would that has nothing more to say, until nobody can want it
 * any more.
 */
const script = `
import sys, time
rate, seconds, history = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
write = sys.stdout.buffer.write
pad = 'GET /api/orders/7f3a 200 in 12 ms, 3 rows'
def line(number, ms):
    return '%010d at=%d flood %s%s\\n' % (number, ms, 'ERROR ' if number % 1000 == 999 else 'INFO ', pad.ljust(104 - 40, '.'))
def batch(first, end):
    ms = time.time_ns() // 1000000
    write(''.join([line(number, ms) for number in range(first, end)]).encode())
    sys.stdout.buffer.flush()
for first in range(0, history, 1000):
    batch(first, min(first + 1000, history))
total = history + round(rate * seconds)
done = history
begun = time.monotonic()
while done < total:
    due = min(total, history + int((time.monotonic() - begun) * rate))
    if due > done:
        batch(done, due)
        done = due
    time.sleep(0.008)
time.sleep(900)
`;

export type GeneratorOptions = {
  /** Compose project that it belongs to as the service `flood`. Default: paws. */
  readonly project?: string;
  readonly service?: string;
  /** Lines a second. */
  readonly rate?: number;
  readonly seconds?: number;
  /** Lines at once, before those at a rate. */
  readonly history?: number;
};

export type Generator = {
  readonly container: string;
  readonly service: string;
  /** Lines it writes altogether; they are numbered from 0. */
  readonly lines: number;
  remove(): Promise<void>;
};

/** `0000012345 at=1763933333123 flood INFO …`, about 105 bytes: its number, and when it was written, epoch ms. */
export const lineOf = /(\d{10}) at=(\d{13}) flood/;

/**
 * Starts a throw-away container that writes numbered lines at an exact rate, as one more service of a project. It is no
 * member of any system, so that the verdict of the stack stays what it is. To be removed whatever happens.
 */
export async function startGenerator(options: GeneratorOptions = {}): Promise<Generator> {
  const { project = 'paws', service = 'flood', rate = 0, seconds = 0, history = 0 } = options;
  const docker = new Docker();
  await removeGenerators(service); // of a run that was killed
  const container = await docker.createContainer({
    name: `${project}-${service}-${randomUUID().slice(0, 8)}`,
    Image: 'paws-top/patroni',
    Entrypoint: [],
    Cmd: ['python3', '-c', script, String(rate), String(seconds), String(history)],
    Healthcheck: { Test: ['NONE'] },
    StopSignal: 'SIGKILL',
    Labels: {
      [label]: service,
      // The image says that it is one.
      'paws-top.system': 'none',
      'com.docker.compose.project': project,
      'com.docker.compose.service': service,
      'com.docker.compose.oneoff': 'False',
      'com.docker.compose.container-number': '1',
      // Without it `docker compose logs` knows no such service.
      'com.docker.compose.config-hash': 'none',
    },
    HostConfig: { NetworkMode: 'none', AutoRemove: true },
  });
  const remove = async () => {
    await container.remove({ force: true, v: true }).catch(unlessGone);
  };
  try {
    await container.start();
  } catch (error) {
    await remove();
    throw error;
  }
  const { Name } = await container.inspect();
  return { container: Name.slice(1), service, lines: history + Math.round(rate * seconds), remove };
}

/** Removes those of a service, else all. */
export async function removeGenerators(service?: string): Promise<void> {
  const docker = new Docker();
  const wanted = service === undefined ? label : `${label}=${service}`;
  const found = await docker.listContainers({ all: true, filters: { label: [wanted] } });
  await Promise.all(found.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true }).catch(unlessGone)));
}

function unlessGone(error: { statusCode?: number }): void {
  // 404: it is gone; 409: somebody else removes it just now.
  if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
}
