/** `tf.initializers.heNormal()`: objects that remember their configuration, and that draw a tensor by `apply(shape)`. */
import { native, nativeClass } from '../../interpreter/native.ts';
import type { ClassValue, NativeFunction } from '../../interpreter/values.ts';
import { args as makeArgs, NONE, UNDEFINED } from '../../interpreter/values.ts';
import { INITIALIZER, INITIALIZER_CALL } from '../keras/initializerClasses.ts';
import type { InitializerData } from '../keras/weights.ts';
import { configArgs } from './config.ts';
import { INITIALIZERS } from './initializers.ts';

export const JS_INITIALIZER: ClassValue = nativeClass('tf.initializers.Initializer', [INITIALIZER], {
  __init__: () => NONE,
  apply: (args, site, interp) => INITIALIZER_CALL(makeArgs(args.positional.slice(0, 2)), site, interp),
});

/** Functions of `tf.initializers` by name. */
export const INITIALIZER_FUNCTIONS: ReadonlyMap<string, NativeFunction> = new Map(
  INITIALIZERS.flatMap((row) => {
    const cls = nativeClass(
      `tf.initializers.${row.name}`,
      [JS_INITIALIZER],
      {
        __init__: (args) => {
          const [self, config] = args.positional;
          if (self?.kind === 'instance')
            self.data = { kind: 'initializer', row, args: configArgs(makeArgs([config ?? UNDEFINED])) } satisfies InitializerData;
          return NONE;
        },
      },
      row,
    );
    return row.aliases.map((name) => [name, native(name, (args, site, interp) => interp.instantiate(cls, args, site), 'static')] as const);
  }),
);
