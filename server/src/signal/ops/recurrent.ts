/** Recurrent layers. */
import type { OpSignal } from './op.ts';

export const recurrent: OpSignal<'recurrent'> = {
  forward: () => 'recurrent layers are not computed',
  backward: () => [null],
};
