/** enum: members are their values, which is what model code compares and looks up. */
import { OBJECT } from '../builtins/types.ts';
import { nativeClass } from '../native.ts';
import type { ClassValue, NativeCall, Value } from '../values.ts';
import { unknown } from '../values.ts';

/** What the bodies of the enum and of those it derives from assign; a function, or what Python itself calls, is no member. */
const membersOf = (cls: ClassValue): readonly Value[] =>
  cls.mro
    .filter((one) => one.source !== null)
    .flatMap((one) => [...one.attrs])
    .flatMap(([name, value]) => (name.startsWith('_') || value.kind === 'function' || value.kind === 'native' ? [] : [value]));

/** `Format('NHWC')` is the member of that value. */
const memberOf: NativeCall = ({ positional: [cls, value] }, site, m) => {
  const member = cls?.kind === 'class' && value ? membersOf(cls).find((one) => m.equal(one, value) === true) : undefined;
  return member ?? unknown('an enum member that is not known', site.span);
};

const ENUM: ClassValue = nativeClass('enum.Enum', [OBJECT], { __new__: memberOf });

export const enumeration: Readonly<Record<string, NativeCall | Value>> = {
  Enum: ENUM,
  IntEnum: ENUM,
  StrEnum: ENUM,
  Flag: ENUM,
  auto: () => unknown('an enum value'),
};
