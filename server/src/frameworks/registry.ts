/** All frameworks, and what they together give the interpreter. */
import type { Hooks, Progress } from '../interpreter/api.ts';
import type { FrameworkName } from '../network/network.ts';
import { flax } from './flax/index.ts';
import type { Framework } from './framework.ts';
import { keras } from './keras/index.ts';
import { lasagne } from './lasagne/index.ts';
import { numpy } from './numpy/index.ts';
import { watchGraphs } from './shared/graph.ts';
import { tfjs } from './tfjs/index.ts';
import { torch } from './torch/index.ts';

export const FRAMEWORKS: readonly Framework[] = [tfjs, torch, keras, flax, lasagne, numpy];

export const frameworkNamed = (name: FrameworkName): Framework | undefined => FRAMEWORKS.find((f) => f.name === name);

const NO_PROGRESS: Progress = { applied: 0, fresh: 0, computed: 0, made: 0 };

/** Names that are kept; what users import of a framework are a few hundred. */
const MAX_MEANINGS = 20_000;

/** Hooks that ask the framework whose package it is; the first opinion counts. */
export const hooksOf = (frameworks: readonly Framework[]): Hooks => {
  const owners = new Map(frameworks.flatMap((f) => f.packages.map((p) => [p, f] as const)));
  const byPackage = new Map([...frameworks.flatMap((f) => (f.fallbacks ?? []).map((p) => [p, f] as const)), ...owners]);
  const named = frameworks.filter((f) => f.named);
  const counting = frameworks.filter((f) => f.progress);
  /** What names mean does not change: asked once. */
  const meanings = new Map<string, ReturnType<Framework['external']>>();
  return {
    external: (path) => {
      if (meanings.has(path)) return meanings.get(path);
      const found = byPackage.get(path.split('.')[0] as string)?.external(path);
      if (meanings.size >= MAX_MEANINGS) meanings.clear();
      meanings.set(path, found);
      return found;
    },
    owns: (topLevel) => owners.has(topLevel),
    release: (name) => frameworks.find((f) => f.packages[0] === name)?.release,
    reads: (path) => byPackage.get(path.split('.')[0] as string)?.reads?.(path) ?? false,
    unknownCall: (callee, args, site, interp) => {
      for (const f of frameworks) {
        const value = f.unknownCall(callee, args, site, interp);
        if (value) return value;
      }
      return undefined;
    },
    named: (value, name, member, interp) => {
      if (value.kind === 'instance' || value.kind === 'list') for (const f of named) f.named?.(value, name, member, interp);
    },
    watch: watchGraphs,
    isPart: (instance) => frameworks.some((f) => (f.isPart ? f.isPart(instance) : f.isModel(instance))),
    repeated: (items, times, span, interp) => {
      for (const f of frameworks) f.repeated?.(items, times, span, interp);
    },
    unfollowed: (items, interp) => {
      for (const f of frameworks) f.unfollowed?.(items, interp);
    },
    draws: (interp) => frameworks.reduce((sum, f) => sum + (f.initialises?.draws(interp) ?? 0), 0),
    progress: (interp) =>
      counting.reduce<Progress>((sum, f) => {
        const one = f.progress?.(interp) ?? NO_PROGRESS;
        return {
          applied: sum.applied + one.applied,
          fresh: sum.fresh + one.fresh,
          computed: sum.computed + one.computed,
          made: sum.made + one.made,
        };
      }, NO_PROGRESS),
    join: (a, b, span, interp) => {
      for (const f of frameworks) {
        const value = f.join(a, b, span, interp);
        if (value) return value;
      }
      return undefined;
    },
  };
};
