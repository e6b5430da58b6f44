/** PyTorch. */

import { type InstanceValue, tuple } from '../../interpreter/values.ts';
import type { Framework } from '../framework.ts';
import { noteRepeated } from '../shared/notes.ts';
import { activationsIn, joinTensors, leaveOpen, opaqueCall, passOn } from '../shared/opaque.ts';
import { rootStorage } from '../shared/storage.ts';
import { tensorData } from '../shared/tensor.ts';
import { joinModules } from './alternatives.ts';
import { emit } from './emit.ts';
import { hasParameters, isModule, namedModules, namedParameters } from './module.ts';
import { external } from './namespace.ts';
import { MODULE, torchState } from './state.ts';
import { traceModel } from './trace.ts';
import { isLoss } from './training.ts';
import { visionExternal } from './vision.ts';

export const torch: Framework = {
  name: 'torch',
  packages: ['torch', 'lightning', 'pytorch_lightning'],
  fallbacks: ['torchvision'],
  release: '2.13.0',
  external: (path) => (path.startsWith('torchvision') ? visionExternal(path) : external(path)),
  unknownCall: (callee, args, site, interp) => {
    const given = [...args.positional, ...args.keywords.values()];
    // What forward hands on is computed with: an operator, a kernel.
    if (torchState(interp).graph.paths.length === 0) passOn(callee, given, interp);
    // A module is handed to many things that leave its weights alone; one that says it initialises is believed.
    if (/init|reset|load|pretrain/i.test(callee.path ?? callee.symbol ?? ''))
      for (const module of given)
        if (isModule(module))
          passOn(
            callee,
            namedParameters(module).map(([, parameter]) => parameter),
            interp,
          );
    const [first] = [...activationsIn(callee), ...activationsIn(tuple([...args.positional, ...args.keywords.values()]))];
    return first?.graph.framework === 'torch' ? opaqueCall(callee, args, site, interp) : undefined;
  },
  join: (a, b, span, interp) => {
    const modules = joinModules(a, b, span, interp);
    if (modules) return modules;
    const first = activationsIn(tuple([a, b]))[0];
    return (first ?? tensorData(a))?.graph.framework === 'torch' ? joinTensors(a, b, span, interp) : undefined;
  },
  isModelClass: (cls) => cls.source !== null && cls.mro.includes(MODULE),
  isPart: (one) => (isModule(one) && !isLoss(one)) || tensorData(one)?.storage?.isParameter === true,
  isModel: (value): value is InstanceValue => isModule(value) && !isLoss(value) && (value.cls.source !== null || hasParameters(value)),
  repeated: (items, times, span, interp) => {
    for (const item of items) {
      const storage = isModule(item) ? namedParameters(item)[0]?.[2] : undefined;
      noteRepeated(interp, torchState(interp).graph, times, span, storage && rootStorage(storage));
    }
  },
  unfollowed: (items, interp) => {
    const reason = 'a loop over modules is not followed to its end';
    const parts = items.flatMap((item) => (item.kind === 'tuple' ? item.items : [item]));
    const held = parts.flatMap((part) => (isModule(part) ? namedParameters(part).map(([, parameter]) => parameter) : [part]));
    leaveOpen(held, reason, interp);
  },
  trace: traceModel,
  initialises: {
    parts: (model) => namedModules(model).map(([, module]) => module),
    draws: (interp) => torchState(interp).draws,
    code: (name, isMethod, each) => {
      const fn = isMethod ? `$.${name}` : name;
      return each ? `$.apply(${fn})` : isMethod ? `${fn}()` : `${fn}($)`;
    },
  },
  emit,
};
