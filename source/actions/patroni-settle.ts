import type { Access } from '../engine/types.ts';
import { readSyncNodeCount, setSyncNodeCount, syncNodeCount } from './patroni-sync.ts';

/** What a change of profile sets in Patroni's configuration for a while: as an undo of the journal. */
export type PatroniSettle = {
  readonly op: 'patroni-settle';
  readonly name: string;
  /** As it was before, for PATCH /config; null: it was not set. */
  readonly patch: { readonly synchronous_node_count: number | null };
};

/** As it is set now. @throws StackError when nobody tells */
export async function patroniSettleFor(access: readonly Access[]): Promise<PatroniSettle> {
  return {
    op: 'patroni-settle',
    name: syncNodeCount,
    patch: { synchronous_node_count: await readSyncNodeCount(access) },
  };
}

/**
 * Puts back what a change of profile that was cut short has set. Resolves with a sentence, null when all was right; safe to
 * do twice. @throws StackError when nobody could be asked
 */
export async function settlePatroni({ patch }: PatroniSettle, access: readonly Access[]): Promise<string | null> {
  const wanted = patch.synchronous_node_count;
  if ((await readSyncNodeCount(access)) === wanted) return null;
  await setSyncNodeCount(access, null, wanted);
  return `${syncNodeCount} is ${wanted ?? 'unset'} again`;
}
