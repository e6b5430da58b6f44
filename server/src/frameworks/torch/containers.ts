/** nn.Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict. Their items are attributes named '0', '1', … as in torch. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeCall, Value } from '../../interpreter/values.ts';
import { bool, int, list, NONE, str, tuple, unknown } from '../../interpreter/values.ts';
import { childrenOf } from './module.ts';
import { MODULE } from './state.ts';

/** Items of a container in order: modules, parameters, and what is not known. */
const itemsOf = (self: InstanceValue): [string, Value][] => {
  const own = self.data as ContainerData | undefined;
  const names = own?.kind === 'container' ? own.names : childrenOf(self).map(([name]) => name);
  return names.map((name) => [name, self.attrs.get(name) ?? NONE]);
};

interface ContainerData {
  readonly kind: 'container';
  readonly names: readonly string[];
  /** More items than these may exist. */
  readonly open: boolean;
}

const dataOf = (self: InstanceValue): ContainerData => {
  const data = self.data as ContainerData | undefined;
  return data?.kind === 'container' ? data : { kind: 'container', names: [], open: false };
};

const setData = (interp: Interpreter, self: InstanceValue, data: ContainerData): void => {
  const before = self.data;
  interp.mutate(
    () => {
      self.data = data;
    },
    () => {
      self.data = before;
    },
  );
};

const put = (interp: Interpreter, self: InstanceValue, name: string, value: Value): void => {
  const data = dataOf(self);
  interp.storeAttr(self, name, value);
  if (!data.names.includes(name)) setData(interp, self, { ...data, names: [...data.names, name] });
};

const append = (interp: Interpreter, self: InstanceValue, value: Value): void =>
  put(interp, self, String(dataOf(self).names.length), value);

/** Replaces all items, renumbered. */
const refill = (interp: Interpreter, self: InstanceValue, values: readonly Value[]): void => {
  setData(interp, self, { ...dataOf(self), names: values.map((_, i) => String(i)) });
  values.forEach((value, i) => {
    interp.storeAttr(self, String(i), value);
  });
};

const method =
  (run: (self: InstanceValue, args: readonly Value[], site: CallSite, interp: Interpreter, all: Args) => Value): NativeCall =>
  (args, site, interp) => {
    const self = args.positional[0];
    return self?.kind === 'instance'
      ? run(self, args.positional.slice(1), site, interp, args)
      : unknown('a container that is not known', site.span);
  };

const extend = (interp: Interpreter, self: InstanceValue, values: Value | undefined, site: CallSite): void => {
  if (!values || values.kind === 'none') return;
  const items = interp.iterate(values);
  if (!items) {
    setData(interp, self, { ...dataOf(self), open: true });
    interp.partial('A list of modules is not known', site.span);
    return;
  }
  if ((values.kind === 'list' || values.kind === 'set') && values.open) {
    setData(interp, self, { ...dataOf(self), open: true });
    interp.partial('A list of modules may have more items', site.span);
  }
  for (const item of items) append(interp, self, item);
};

const update = (interp: Interpreter, self: InstanceValue, values: Value | undefined, site: CallSite): void => {
  if (values?.kind === 'dict') {
    for (const { key, value } of values.entries.values()) {
      const name = interp.text(key);
      if (name !== undefined) put(interp, self, name, value);
    }
    if (values.open) interp.partial('A dict of modules may have more items', site.span);
    return;
  }
  const items = values ? interp.iterate(values) : [];
  for (const item of items ?? []) {
    if (item.kind !== 'tuple' && item.kind !== 'list') continue;
    const [key, value] = item.items;
    const name = key && interp.text(key);
    if (name !== undefined && value) put(interp, self, name, value);
  }
  if (!items) interp.partial('A dict of modules is not known', site.span);
};

const getItem = method((self, [index], site, interp) => {
  const items = itemsOf(self);
  if (index?.kind === 'string') return self.attrs.get(index.value) ?? unknown(`no item ${index.value}`, site.span);
  const at = asNumber(index);
  if (at !== undefined) return items.at(at)?.[1] ?? unknown('index out of range', site.span);
  if (index?.kind === 'slice') {
    const [lower, upper, step] = [index.lower, index.upper, index.step].map((v) => (v.kind === 'none' ? null : asNumber(v)));
    if (lower === undefined || upper === undefined || step === undefined) return unknown('a slice that is not known', site.span);
    let part = items.slice(lower ?? 0, upper ?? undefined);
    if (step && step > 1) part = part.filter((_, i) => i % step === 0);
    if (step === -1) part = items.slice().reverse();
    const base = self.cls.mro.find((c) => c.source === null) ?? self.cls;
    const copy = interp.newInstance(base, undefined, self.site);
    // Sequential keeps the children's names in a slice; numbers do as well for a list.
    for (const [name, value] of part) put(interp, copy, base === SEQUENTIAL ? name : String(dataOf(copy).names.length), value);
    return copy;
  }
  return unknown('an index that is not known', site.span);
});

const common: Record<string, NativeCall> = {
  __getitem__: getItem,
  __setitem__: method((self, [index, value], _, interp) => {
    const at = asNumber(index);
    const name = index?.kind === 'string' ? index.value : at === undefined ? undefined : itemsOf(self).at(at)?.[0];
    if (name !== undefined && value) put(interp, self, name, value);
    return NONE;
  }),
  __len__: method((self) => (dataOf(self).open ? unknown('length is not known') : int(itemsOf(self).length))),
  append: method((self, [value], _, interp) => {
    if (value) append(interp, self, value);
    return self;
  }),
  extend: method((self, [values], site, interp) => {
    extend(interp, self, values, site);
    return self;
  }),
  insert: method((self, [index, value], _, interp) => {
    const values = itemsOf(self).map(([, v]) => v);
    if (value) values.splice(asNumber(index) ?? values.length, 0, value);
    refill(interp, self, values);
    return self;
  }),
  pop: method((self, [index], site, interp) => {
    const values = itemsOf(self).map(([, v]) => v);
    const at = index ? asNumber(index) : values.length - 1;
    if (at === undefined) return unknown('an index that is not known', site.span);
    const [removed] = values.splice(at < 0 ? at + values.length : at, 1);
    const last = String(values.length);
    refill(interp, self, values);
    interp.storeAttr(self, last, NONE);
    return removed ?? NONE;
  }),
};

const values = method((self) =>
  list(
    itemsOf(self).map(([, value]) => value),
    dataOf(self).open,
  ),
);

const addModule: NativeCall = (args, _, interp) => {
  const [self, name, value] = args.positional;
  if (self?.kind === 'instance' && name?.kind === 'string' && value) {
    put(interp, self, name.value, value);
    if (name.symbolic) interp.doubt(self, name.value);
  }
  return NONE;
};

const listLike: Record<string, NativeCall> = {
  ...common,
  __iter__: values,
  __init__: method((self, [items], site, interp, all) => {
    extend(interp, self, items ?? all.keywords.get('modules') ?? all.keywords.get('values'), site);
    return NONE;
  }),
  __iadd__: method((self, [items], site, interp) => {
    extend(interp, self, items, site);
    return self;
  }),
  __add__: method((self, [items], site, interp) => {
    const copy = interp.newInstance(self.cls, undefined, site);
    for (const [, value] of itemsOf(self)) append(interp, copy, value);
    extend(interp, copy, items, site);
    return copy;
  }),
  add_module: addModule,
};

const dictLike: Record<string, NativeCall> = {
  __getitem__: getItem,
  __setitem__: common.__setitem__ as NativeCall,
  __len__: common.__len__ as NativeCall,
  __init__: method((self, [items], site, interp, all) => {
    const given = items ?? all.keywords.get('modules') ?? all.keywords.get('parameters');
    if (given && given.kind !== 'none') update(interp, self, given, site);
    return NONE;
  }),
  __iter__: method((self) => list(itemsOf(self).map(([name]) => str(name)))),
  __contains__: method((self, [key]) => bool(key?.kind === 'string' && dataOf(self).names.includes(key.value))),
  keys: method((self) => list(itemsOf(self).map(([name]) => str(name)))),
  values,
  items: method((self) => list(itemsOf(self).map(([name, value]) => tuple([str(name), value])))),
  get: method((self, [key, fallback]) => (key?.kind === 'string' ? self.attrs.get(key.value) : undefined) ?? fallback ?? NONE),
  update: method((self, [items], site, interp) => {
    update(interp, self, items, site);
    return NONE;
  }),
  add_module: addModule,
};

export const SEQUENTIAL: ClassValue = nativeClass('torch.nn.Sequential', [MODULE], {
  ...common,
  __iter__: values,
  add_module: addModule,
  __init__: method((self, given, site, interp, all) => {
    if (given.length === 1 && given[0]?.kind === 'dict') update(interp, self, given[0], site);
    else for (const item of given) append(interp, self, item);
    if (all.open) interp.partial('Modules from a splat that is not known', site.span);
    return NONE;
  }),
  forward: method((self, [input], site, interp) => {
    let x: Value = input ?? unknown('no input', site.span);
    for (const [, module] of itemsOf(self)) {
      if (module.kind === 'none') continue;
      x = interp.call(module, { positional: [x], keywords: new Map(), open: false }, site);
    }
    return x;
  }),
});

export const MODULE_LIST = nativeClass('torch.nn.ModuleList', [MODULE], listLike);
export const MODULE_DICT = nativeClass('torch.nn.ModuleDict', [MODULE], dictLike);
export const PARAMETER_LIST = nativeClass('torch.nn.ParameterList', [MODULE], listLike);
export const PARAMETER_DICT = nativeClass('torch.nn.ParameterDict', [MODULE], dictLike);
