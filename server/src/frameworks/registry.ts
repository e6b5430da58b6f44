/** All frameworks, and what they together give the interpreter. */
import type { Hooks } from '../interpreter/api.ts';
import type { FrameworkName } from '../network/network.ts';
import { flax } from './flax/index.ts';
import type { Framework } from './framework.ts';
import { keras } from './keras/index.ts';
import { lasagne } from './lasagne/index.ts';
import { tfjs } from './tfjs/index.ts';
import { torch } from './torch/index.ts';

export const FRAMEWORKS: readonly Framework[] = [torch, tfjs, keras, flax, lasagne];

export const frameworkNamed = (name: FrameworkName): Framework | undefined => FRAMEWORKS.find((f) => f.name === name);

/** Hooks that ask the framework whose package it is; the first opinion counts. */
export const hooksOf = (frameworks: readonly Framework[]): Hooks => {
  const owners = new Map(frameworks.flatMap((f) => f.packages.map((p) => [p, f] as const)));
  const byPackage = new Map([...frameworks.flatMap((f) => (f.fallbacks ?? []).map((p) => [p, f] as const)), ...owners]);
  return {
    external: (path) => byPackage.get(path.split('.')[0] as string)?.external(path),
    owns: (topLevel) => owners.has(topLevel),
    reads: (path) => byPackage.get(path.split('.')[0] as string)?.reads?.(path) ?? false,
    unknownCall: (callee, args, site, interp) => {
      for (const f of frameworks) {
        const value = f.unknownCall(callee, args, site, interp);
        if (value) return value;
      }
      return undefined;
    },
    join: (a, b, span, interp) => {
      for (const f of frameworks) {
        const value = f.join(a, b, span, interp);
        if (value) return value;
      }
      return undefined;
    },
  };
};
