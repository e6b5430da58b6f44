/** Fixes. */
import type { EmitContext } from '../framework.ts';
import type { FixIntent } from '../../network/intent.ts';
import type { Fix } from '../fix.ts';

export const emitFixes = (_intent: FixIntent, _context: EmitContext): readonly Fix[] => [];
