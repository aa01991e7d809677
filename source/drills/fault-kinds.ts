import type { Fault } from './types.ts';

/** Faults after which the member serves nobody, until it is mended. */
export const takesAway = ({ kind }: Fault): boolean =>
  kind === 'kill' ||
  kind === 'stop' ||
  kind === 'restart' ||
  kind === 'pause' ||
  kind === 'partition' ||
  kind === 'isolate';

/** Faults that make the network of a member worse and leave it where it is. */
export const isNetworkFault = ({ kind }: Fault): boolean => kind === 'delay' || kind === 'loss' || kind === 'rate';

/** Its peers hear nothing rather than a closed connection. */
export const isSilent = ({ kind }: Fault): boolean => kind === 'pause' || kind === 'partition' || kind === 'isolate';

/** A fault as the middle of a sentence: `kill`, `partition from etcd and patroni`, `delay of 100 ms`. */
export function faultName(fault: Fault): string {
  switch (fault.kind) {
    case 'partition':
      return fault.from === 'all' ? 'partition' : `partition from ${fault.from.join(' and ')}`;
    case 'delay':
      return `delay of ${fault.ms} ms`;
    case 'loss':
      return `loss of ${fault.percent} %`;
    case 'rate':
      return `rate of ${fault.kbit} kbit/s`;
    default:
      return fault.kind;
  }
}
