import { tunnelTo } from './tunnel.ts';
import type { ContainerDetails, Endpoint, Engine } from './types.ts';

/**
 * How a container's port is reached from here: its published port, else its address where that can be dialled, else a
 * tunnel through the engine. null when there is no way, as for a stopped container that publishes nothing.
 */
export async function endpointOf(engine: Engine, details: ContainerDetails, port: number): Promise<Endpoint | null> {
  return (
    publishedEndpoint(engine, details, port) ??
    addressEndpoint(engine, details, port) ??
    tunnelled(engine, details, port)
  );
}

/** A port published on every address, or on the loopback, is this machine's, or the one's that the engine is on. */
function publishedEndpoint({ address }: Engine, { ports }: ContainerDetails, port: number): Endpoint | null {
  const binding = ports.find((entry) => entry.port === port);
  if (binding?.hostPort == null) return null;
  const ip = binding.hostIp ?? '';
  const everywhere = ip === '' || ip === '0.0.0.0' || ip === '::';
  const loopback = ip.startsWith('127.') || ip === '::1';
  const remote = URL.parse(address.replace(/^tcp:/, 'http:'));
  if (remote === null || !/^https?:$/.test(remote.protocol)) {
    return { via: 'published', host: everywhere ? '127.0.0.1' : ip, port: binding.hostPort };
  }
  const engineHost = remote.hostname.replace(/^\[|\]$/g, '');
  const engineIsHere = engineHost === 'localhost' || engineHost.startsWith('127.') || engineHost === '::1';
  if (loopback && !engineIsHere) return null;
  return { via: 'published', host: everywhere || loopback ? engineHost : ip, port: binding.hostPort };
}

function addressEndpoint(engine: Engine, { networks }: ContainerDetails, port: number): Endpoint | null {
  if (!engine.local) return null;
  if (networks.some(({ name }) => name === 'host')) return { via: 'address', host: '127.0.0.1', port };
  const address = networks.find((network) => network.address !== null)?.address;
  return address == null || engine.rootless === true ? null : { via: 'address', host: address, port };
}

async function tunnelled(engine: Engine, { container, pid }: ContainerDetails, port: number): Promise<Endpoint | null> {
  if (pid === null) return null;
  return { via: 'exec', host: '127.0.0.1', port: await tunnelTo(engine, container.id, port) };
}
