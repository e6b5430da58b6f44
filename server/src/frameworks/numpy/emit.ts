/** How numpy spells an initializer. */
import type { FixIntent } from '../../network/intent.ts';
import type { Fix } from '../fix.ts';
import type { EmitContext } from '../framework.ts';

export const emitFixes = (_intent: FixIntent, _context: EmitContext): readonly Fix[] => [];
