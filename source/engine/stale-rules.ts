import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { overlaps } from './preflight-network.ts';
import { lastLines, type Run } from './run.ts';
import { readText } from './surroundings.ts';

/** A bridge as Docker names those of networks: an engine's own, and nobody else's. */
const staleRule = /^-A (POSTROUTING -s (\S+) ! -o (br-[0-9a-f]{12}) -j MASQUERADE)$/;

/**
 * Rules that rewrite the sender of every packet from these subnets, left behind for bridges that are no more: an engine that
 * was restarted forgets them when it removes the network (tried, Docker 20.10). They match whatever does not leave by
 * that bridge, so members of a new network on the same subnet meet under its gateway's address. As
 * `POSTROUTING -s 172.28.0.0/16 …`; null: they cannot be read, which takes root and iptables. Asks this machine, so only
 * where the engine is here.
 */
export async function readStaleRules(
  run: Run,
  subnets: readonly string[],
  root = '/',
): Promise<readonly string[] | null> {
  // Only then do packets between members pass by these rules (kernel, ip-sysctl, bridge-nf-call-iptables).
  if (readText(join(root, 'proc/sys/net/bridge/bridge-nf-call-iptables'))?.trim() !== '1') return [];
  if (process.getuid?.() !== 0) return null;
  const saved = await run(['iptables-save', '-t', 'nat'], { timeoutMs: 2_000 });
  return saved.exitCode === 0 ? staleAmong(saved.stdout, subnets, root) : null;
}

export function staleAmong(saved: string, subnets: readonly string[], root: string): readonly string[] {
  return saved.split('\n').flatMap((line) => {
    const [, rule = '', subnet = '', bridge = ''] = staleRule.exec(line) ?? [];
    const stale = subnets.some((own) => overlaps(own, subnet)) && !existsSync(join(root, 'sys/class/net', bridge));
    return stale ? [rule] : [];
  });
}

/** Takes them out again; what was said of the first that stays, null: all are gone. */
export async function removeStaleRules(run: Run, rules: readonly string[]): Promise<string | null> {
  for (const rule of rules) {
    const argv = ['iptables', '-w', '5', '-t', 'nat', '-D', ...rule.split(' ')];
    const removed = await run(argv, { timeoutMs: 10_000 });
    if (removed.exitCode !== 0) return lastLines(removed, 1);
  }
  return null;
}
