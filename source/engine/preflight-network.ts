import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** A network of the container engine. */
export type EngineNetwork = {
  readonly name: string;
  readonly project: string | null;
  readonly subnets: readonly string[];
  /** Its interface on the engine's machine. */
  readonly bridge: string;
};

/** Reads `docker network inspect` (Docker: IPAM.Config; Podman: subnets). */
export function parseNetworks(json: string): EngineNetwork[] {
  const networks: {
    Name?: string;
    name?: string;
    Id?: string;
    id?: string;
    network_interface?: string;
    Labels?: Record<string, string> | null;
    labels?: Record<string, string> | null;
    Options?: Record<string, string> | null;
    IPAM?: { Config?: { Subnet?: string }[] | null };
    subnets?: { subnet?: string }[] | null;
  }[] = JSON.parse(json || '[]');
  return networks.map((network) => {
    const labels = network.Labels ?? network.labels ?? {};
    const subnets = [
      ...(network.IPAM?.Config ?? []).map((config) => config.Subnet),
      ...(network.subnets ?? []).map((config) => config.subnet),
    ];
    return {
      name: network.Name ?? network.name ?? '',
      project: labels['com.docker.compose.project'] ?? null,
      subnets: subnets.filter((subnet) => subnet !== undefined),
      bridge:
        network.Options?.['com.docker.network.bridge.name'] ??
        network.network_interface ??
        `br-${(network.Id ?? '').slice(0, 12)}`,
    };
  });
}

/** Where this machine sends IPv4 packets by more than the default route; its interfaces' networks where there is no /proc. */
export function hostRoutes(): { readonly cidr: string; readonly device: string }[] {
  if (existsSync('/proc/net/route')) return parseRoutes(readFileSync('/proc/net/route', 'utf8'));
  return Object.entries(networkInterfaces()).flatMap(([device, addresses]) =>
    (addresses ?? []).flatMap(({ family, cidr }) => (family === 'IPv4' && cidr !== null ? [{ cidr, device }] : [])),
  );
}

/** /proc/net/route: addresses in hexadecimal, least significant byte first. */
export function parseRoutes(text: string): { readonly cidr: string; readonly device: string }[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [device, destination, , , , , , mask] = line.trim().split(/\s+/);
      if (device === undefined || destination === undefined || mask === undefined || /^0+$/.test(mask)) return [];
      const bits = dotted(mask).reduce((sum, byte) => sum + (byte.toString(2).match(/1/g)?.length ?? 0), 0);
      return [{ cidr: `${dotted(destination).join('.')}/${bits}`, device }];
    });
}

function dotted(hex: string): number[] {
  return [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

/** Whether two IPv4 networks share an address; false for anything else (IPv6, malformed). */
export function overlaps(a: string, b: string): boolean {
  const [first, second] = [rangeOf(a), rangeOf(b)];
  return first !== null && second !== null && first.start <= second.end && second.start <= first.end;
}

function rangeOf(cidr: string): { start: number; end: number } | null {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  if (match === null) return null;
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number);
  const size = 2 ** (32 - bits);
  const start = Math.floor((a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / size) * size;
  return { start, end: start + size - 1 };
}
