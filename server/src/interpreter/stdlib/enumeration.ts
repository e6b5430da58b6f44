/** enum: members are their values, which is what model code compares and looks up. */
import { ENUM } from '../builtins/types.ts';
import type { NativeCall, Value } from '../values.ts';
import { unknown } from '../values.ts';

export const enumeration: Readonly<Record<string, NativeCall | Value>> = {
  Enum: ENUM,
  IntEnum: ENUM,
  StrEnum: ENUM,
  Flag: ENUM,
  auto: () => unknown('an enum value'),
};
