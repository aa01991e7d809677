import { isIPv4, isIPv6 } from 'node:net';
import { StackError } from '../stack/errors.ts';

/**
 * Shell scripts for the helper in a member's network namespace. Each prints the time at which it took effect, or says on
 * its last line why it did not. Chains and queues have names of our own, so that nothing else is ever taken away.
 */
const cutChain = 'PAWS-TOP-CUT';
const lossChain = 'PAWS-TOP-LOSS';
const macChain = 'PAWS-TOP-MAC';
const delayQueue = '7a07';
const rateQueue = '7a08';

/**
 * `restore`: puts one chain in front of what comes in and what goes out, all of it at once: chain, variants of the
 * program (what the kernel does not speak is tried in the other one), rules one a line, hooks if not both.
 */
const applying = `
set -u
restore() {
  chain=$1 variants=$2 rules=$3 hooks=\${4:-INPUT OUTPUT}
  for variant in $variants; do
    jumps=
    for hook in $hooks; do
      $variant -w 5 -C $hook -j $chain 2>/dev/null || jumps="$jumps-I $hook 1 -j $chain
"
    done
    said=$(printf '*filter\\n:%s - [0:0]\\n%s%sCOMMIT\\n' "$chain" "$rules" "$jumps" | $variant-restore -w 5 --noflush 2>&1) && return 0
  done
  echo "$said"
  return 1
}
ipv4='iptables-nft iptables-legacy'
ipv6='ip6tables-nft ip6tables-legacy'
applied() { echo "at $(date +%s.%N)"; }
outer() { for link in /sys/class/net/*; do link=\${link##*/}; [ "$link" = lo ] || [ ! -e "/sys/class/net/$link/ifindex" ] || echo "$link"; done; }
`;

/** Where a peer is: an address in its network, and of its network card where the engine tells it. */
export type Place = { readonly address: string; readonly mac: string | null };

/**
 * Nothing to or from these addresses, connections that stand included; nor what comes from these network cards under
 * another address. After an engine was killed, rules of networks that are gone remain in its host's nat table, and then
 * members of a new network on the same subnet meet each other under the gateway's address, which is the host's too.
 * @throws StackError `internal` for what is no address
 */
export function cutScript(places: readonly Place[]): string {
  const addresses = places.map(({ address }) => address);
  const macs = [...new Set(places.flatMap(({ mac }) => mac ?? []))];
  const wrong =
    addresses.find((address) => !isIPv4(address) && !isIPv6(address)) ?? macs.find((mac) => !macPattern.test(mac));
  if (wrong !== undefined) throw new StackError('internal', `${wrong} is no address`);
  const restore = (variants: string, some: readonly string[]) => {
    const rules = some.flatMap((address) => [`-s ${address} -j DROP`, `-d ${address} -j DROP`]);
    return some.length === 0 ? 'true' : `restore ${cutChain} "$${variants}" '${inChain(cutChain, rules)}'`;
  };
  const [four, six] = [restore('ipv4', addresses.filter(isIPv4)), restore('ipv6', addresses.filter(isIPv6))];
  const cards = inChain(
    macChain,
    macs.map((mac) => `-m mac --mac-source ${mac} -j DROP`),
  );
  // A kernel without xt_mac has the addresses alone.
  const byCard = macs.length === 0 ? '' : `restore ${macChain} "$ipv4" '${cards}' INPUT >/dev/null; `;
  return `${applying}${byCard}${four} && ${six} && applied`;
}
const macPattern = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

/** Every packet is dropped by chance, each way by itself; what the member says to itself is not. */
export function lossScript(percent: number): string {
  const probability = within(percent, 0, 100) / 100;
  const rules = inChain(lossChain, [
    '-i lo -j RETURN',
    '-o lo -j RETURN',
    `-m statistic --mode random --probability ${probability} -j DROP`,
  ]);
  // Where the kernel has no IPv6 there is nothing to lose.
  return `${applying}restore ${lossChain} "$ipv4" '${rules}' && { restore ${lossChain} "$ipv6" '${rules}' >/dev/null || true; } && applied`;
}

/** What the member sends is queued to this rate, a second's worth at most. */
export function rateScript(kbit: number): string {
  const rate = Math.ceil(within(kbit, 1, 10_000_000));
  // A fiftieth of a second's worth, and at least two full packets, or nothing would pass (tc-tbf(8), "burst").
  const burst = Math.max(Math.ceil((rate * 1000) / 8 / 50), 3200);
  return queueScript(`tbf rate ${rate}kbit burst ${burst} latency 1000ms`, rateQueue, delayQueue);
}

/** What the member sends is held back. Needs the kernel's sch_netem. */
export function delayScript(ms: number, jitterMs: number): string {
  const jitter = jitterMs > 0 ? ` ${within(jitterMs, 0, 60_000)}ms` : '';
  return queueScript(`netem delay ${within(ms, 0, 60_000)}ms${jitter} limit 10000`, delayQueue, rateQueue);
}

/** On every interface but lo; behind the other queue of ours where that one is there already. */
function queueScript(queue: string, handle: string, other: string): string {
  return `${applying}
for link in $(outer); do
  tc qdisc del dev $link root handle ${handle}: 2>/dev/null
  place=root
  tc qdisc show dev $link root | grep -q " ${other}: " && place="parent ${other}:1"
  tc qdisc add dev $link $place handle ${handle}: ${queue} || exit 1
done
applied`;
}

/** Takes all of the above away, whichever program it was made with; prints `cleared` when there was something. */
export const clearScript = `${applying}
for variant in $ipv4 $ipv6; do
  # Asking for the older program's tables would make them.
  case $variant in *-legacy) grep -qs filter /proc/net/\${variant%tables-legacy}_tables_names || continue ;; esac
  for chain in ${cutChain} ${lossChain} ${macChain}; do
    $variant -w 5 -S $chain >/dev/null 2>&1 || continue
    for hook in INPUT OUTPUT; do
      while $variant -w 5 -D $hook -j $chain 2>/dev/null; do :; done
    done
    $variant -w 5 -F $chain && $variant -w 5 -X $chain && echo cleared
  done
done
for link in $(outer); do
  for handle in ${delayQueue} ${rateQueue}; do
    tc qdisc show dev $link root | grep -q " $handle: " && tc qdisc del dev $link root handle $handle: && echo cleared
  done
done
true`;

/** Ends with 0 where the kernel has sch_netem. Tried on a pair of interfaces that nobody uses, so that nobody feels it. */
export const netemScript = `
ip link del paws-netem0 2>/dev/null
ip link add paws-netem0 type veth peer name paws-netem1 || exit 1
tc qdisc add dev paws-netem0 root netem delay 1ms
result=$?
ip link del paws-netem0
exit $result`;

/** When a script took effect, epoch ms by the engine's clock; null when it does not say so. */
export function effectTime(output: string): number | null {
  const match = /^at (\d+\.\d+)$/m.exec(output);
  return match === null ? null : Number(match[1]) * 1000;
}

function inChain(chain: string, rules: readonly string[]): string {
  return rules.map((rule) => `-A ${chain} ${rule}\n`).join('');
}

function within(value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new StackError('usage', `${value} is not between ${least} and ${most}`);
}
