import type { Doctor } from '../doctor/types.ts';
import type { UiState } from './layers.ts';

/** What the keys of the doctor's screen do to the world. What comes of it is told by `latest` and `doing`. */
export function doctorEffects({ doctor }: { readonly doctor: Doctor | null }) {
  const look = (): void => {
    doctor?.examine().catch(() => {});
  };
  const isOpen = ({ layers }: UiState): boolean => layers.at(-1)?.kind === 'doctor';
  return {
    /** What has to follow a change of layers: the doctor looks when its screen is opened. */
    follow(before: UiState, after: UiState): void {
      if (isOpen(after) && !isOpen(before)) look();
    },
    /** Asked to look anew. */
    refresh(state: UiState): void {
      if (isOpen(state)) look();
    },
  };
}
