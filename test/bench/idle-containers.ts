import Docker from 'dockerode';

const label = 'paws-top.bench';
const atOnce = 8;

/**
 * Starts containers that do nothing, as members of the stack's project, so that they are listed and sampled like any
 * other. Returns how to remove them; to be called whatever happens.
 */
export async function addIdleContainers(count: number): Promise<() => Promise<void>> {
  const docker = new Docker();
  await removeIdleContainers(docker); // of a run that was killed
  const image = await anImageOfTheStack(docker);
  const remove = () => removeIdleContainers(docker);
  try {
    await inBatches(
      Array.from({ length: count }, (_, index) => index + 1),
      async (number) => {
        const container = await docker.createContainer({
          name: `paws-bench-idle-${number}`,
          Image: image,
          Entrypoint: [],
          Cmd: ['sleep', 'infinity'],
          Healthcheck: { Test: ['NONE'] },
          StopSignal: 'SIGKILL',
          Labels: {
            [label]: 'idle',
            'com.docker.compose.project': 'paws',
            'com.docker.compose.service': `idle${number}`,
          },
          HostConfig: { NetworkMode: 'none', LogConfig: { Type: 'none', Config: {} } },
        });
        await container.start();
      },
    );
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}

async function removeIdleContainers(docker: Docker): Promise<void> {
  const found = await docker.listContainers({ all: true, filters: { label: [label] } });
  await inBatches(found, ({ Id }) => docker.getContainer(Id).remove({ force: true, v: true }));
}

/** The smallest, so that what is measured is the number of containers. */
async function anImageOfTheStack(docker: Docker): Promise<string> {
  const running = await docker.listContainers({ filters: { label: ['com.docker.compose.project=paws'] } });
  const redis = running.find(({ Labels }) => Labels['com.docker.compose.service']?.startsWith('redis'));
  if (redis === undefined) throw new Error('the stack does not run: paws-top up full');
  return redis.ImageID;
}

async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += atOnce) await Promise.all(items.slice(from, from + atOnce).map(work));
}
