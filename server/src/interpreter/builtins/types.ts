/** `object` and the exception classes, the roots that source classes may derive from. */
import { nativeClass } from '../native.ts';
import { type ClassValue, NONE } from '../values.ts';

export const OBJECT: ClassValue = nativeClass('object', [], { __init__: () => NONE });
export const EXCEPTION: ClassValue = nativeClass('Exception', [OBJECT]);

export const NONE_TYPE = nativeClass('builtins.NoneType', [OBJECT]);
