/** nn.MultiheadAttention and the Transformer family, made of the other layers as torch makes them. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asString, bind, native, nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeCall, Value } from '../../interpreter/values.ts';
import { bool, float, int, args as makeArgs, NONE, tuple, unknown } from '../../interpreter/values.ts';
import { type Distribution, ZEROS } from '../../network/distribution.ts';
import { type Dim, div, isNumber, mul, scalarOp } from '../../network/scalar.ts';
import { addNote } from '../shared/notes.ts';
import { newStorage } from '../shared/storage.ts';
import { tensorData } from '../shared/tensor.ts';
import { MODULE_LIST } from './containers.ts';
import { xavierUniform } from './initializers.ts';
import { emitLayer, graphParams, inputOf, type LayerRow, layerClass, layerData, type ParamSpec } from './layer.ts';
import { layer } from './layers.ts';
import { isModule, namedParameters } from './module.ts';
import { dimOf, MODULE, makeInit, parameterInstance, torchState } from './state.ts';

const off = (value: Value | undefined): boolean => value?.kind === 'bool' && !value.value;
const on = (value: Value | undefined): boolean => value?.kind === 'bool' && value.value;

/** N(0, √(2/(2E))): xavier_normal_ over a (1, 1, E) tensor. */
const xavierNormalVector = (features: Dim): Distribution => ({
  kind: 'normal',
  mean: 0,
  std: isNumber(features) ? 1 / Math.sqrt(features) : div(1, scalarOp('sqrt', features)),
});

const ATTENTION: LayerRow = {
  name: 'MultiheadAttention',
  signature:
    'embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False, kdim=None, vdim=None, batch_first=False, device=None, dtype=None',
  build: ({ interp, bound }) => {
    const features = dimOf(interp, bound.get('embed_dim'), 'embed_dim');
    const other = (name: string): Dim => {
      const value = bound.get(name);
      return !value || value.kind === 'none' ? features : dimOf(interp, value, name);
    };
    const [keyFeatures, valueFeatures] = [other('kdim'), other('vdim')];
    const packed = keyFeatures === features && valueFeatures === features;
    const fans = (fanIn: Dim) => ({ fanIn, fanOut: features });
    const xavier = (name: string, shape: readonly Dim[], fanIn: Dim): ParamSpec => ({
      name,
      role: 'weight',
      shape,
      init: xavierUniform(shape),
      initName: 'xavier_uniform_',
      fans: fans(fanIn),
    });
    const params: ParamSpec[] = packed
      ? [xavier('in_proj_weight', [mul(3, features), features], features)]
      : [
          xavier('q_proj_weight', [features, features], features),
          xavier('k_proj_weight', [features, keyFeatures], keyFeatures),
          xavier('v_proj_weight', [features, valueFeatures], valueFeatures),
        ];
    const biased = !off(bound.get('bias'));
    if (biased) params.push({ name: 'in_proj_bias', role: 'bias', shape: [mul(3, features)], init: ZEROS, initName: 'zeros_' });
    if (on(bound.get('add_bias_kv')))
      for (const name of ['bias_k', 'bias_v'])
        params.push({ name, role: 'other', shape: [1, 1, features], init: xavierNormalVector(features), initName: 'xavier_normal_' });
    // The output projection is a Linear of its own: its spec here only says where to find its parameters.
    params.push({ name: 'out_proj.weight', role: 'weight', shape: [features, features], init: ZEROS, initName: '', fans: fans(features) });
    if (biased) params.push({ name: 'out_proj.bias', role: 'bias', shape: [features], init: ZEROS, initName: '' });
    return {
      op: {
        kind: 'attention',
        features,
        heads: dimOf(interp, bound.get('num_heads'), 'num_heads'),
        keyFeatures,
        valueFeatures,
        projections: true,
        causal: false,
      },
      params,
      inputs: 3,
      result: (output) => tuple([output, unknown('attention weights')]),
      attrs: { head_dim: int(div(features, dimOf(interp, bound.get('num_heads'), 'num_heads'))), _qkv_same_embed_dim: bool(packed) },
    };
  },
  children: (self, { interp, bound }, site) => {
    const features = int(dimOf(interp, bound.get('embed_dim'), 'embed_dim'));
    const projection = interp.instantiate(layer('Linear'), makeArgs([features, features], { bias: bool(!off(bound.get('bias'))) }), site);
    interp.storeAttr(self, 'out_proj', projection);
    const bias = projection.kind === 'instance' ? tensorData(projection.attrs.get('bias'))?.storage : undefined;
    if (bias) bias.init = { ...bias.init, distribution: ZEROS, name: 'zeros_' };
  },
};

const MULTIHEAD: ClassValue = layerClass(ATTENTION);
MULTIHEAD.attrs.set(
  'forward',
  native('forward', (args, site, interp) => {
    const self = args.positional[0];
    const data = layerData(self);
    if (!data || self?.kind !== 'instance') return unknown('attention that was not constructed', site.span);
    const bound = bind(
      'self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None, average_attn_weights=True, is_causal=False',
      args,
    );
    const inputs = ['query', 'key', 'value'].map((name) => inputOf(interp, bound.get(name) ?? bound.get('query'), site));
    return tuple([emitLayer(interp, self, data.spec, inputs, graphParams(self, data)), unknown('attention weights', site.span)]);
  }),
);

// ── layers made of layers ──────────────────────────────────────────────────────────────────────────────────────────────────

const sub = (
  interp: Interpreter,
  self: InstanceValue,
  name: string,
  cls: ClassValue,
  positional: readonly Value[],
  keywords: Record<string, Value>,
): void => {
  const site = self.site ?? NO_SITE;
  interp.storeAttr(self, name, interp.instantiate(cls, makeArgs(positional, keywords), site));
};

const NOWHERE = { anchor: { file: '', offset: 0 }, start: 0, end: 0 };
const NO_SITE: CallSite = { span: NOWHERE, nameSpan: NOWHERE, argSpans: new Map() };

const run = (interp: Interpreter, self: InstanceValue, name: string, inputs: readonly Value[], site: CallSite): Value => {
  const module = self.attrs.get(name);
  const result = module ? interp.call(module, makeArgs(inputs), site) : unknown(`${name} is missing`, site.span);
  return result.kind === 'tuple' && result.items.length === 2 ? (result.items[0] as Value) : result;
};

const plus = (interp: Interpreter, a: Value, b: Value, site: CallSite): Value => interp.binary('+', a, b, site.span);

const LAYER =
  "d_model, nhead, dim_feedforward=2048, dropout=0.1, activation='relu', layer_norm_eps=1e-05, batch_first=False, norm_first=False, bias=True, device=None, dtype=None";

const blockInit =
  (decoder: boolean): NativeCall =>
  (args, site, interp) => {
    const self = args.positional[0];
    if (self?.kind !== 'instance') return NONE;
    const bound = bind(LAYER, args, 1);
    const get = (name: string): Value => bound.get(name) ?? unknown(`${name} is not given`, site.span);
    const [model, wide, bias, eps] = [get('d_model'), get('dim_feedforward'), get('bias'), get('layer_norm_eps')];
    const attention = { dropout: get('dropout'), bias, batch_first: get('batch_first') };
    sub(interp, self, 'self_attn', MULTIHEAD, [model, get('nhead')], attention);
    if (decoder) sub(interp, self, 'multihead_attn', MULTIHEAD, [model, get('nhead')], attention);
    sub(interp, self, 'linear1', layer('Linear'), [model, wide], { bias });
    sub(interp, self, 'dropout', layer('Dropout'), [get('dropout')], {});
    sub(interp, self, 'linear2', layer('Linear'), [wide, model], { bias });
    const count = decoder ? 3 : 2;
    for (let i = 1; i <= count; i++) sub(interp, self, `norm${i}`, layer('LayerNorm'), [model], { eps, bias });
    for (let i = 1; i <= count; i++) sub(interp, self, `dropout${i}`, layer('Dropout'), [get('dropout')], {});
    const given = get('activation');
    const named = asString(given);
    interp.storeAttr(self, 'norm_first', get('norm_first'));
    if (named === 'relu' || named === 'gelu') sub(interp, self, 'activation', layer(named === 'relu' ? 'ReLU' : 'GELU'), [], {});
    else interp.storeAttr(self, 'activation', given);
    return NONE;
  };

const blockForward =
  (decoder: boolean): NativeCall =>
  (args, site, interp) => {
    const self = args.positional[0];
    if (self?.kind !== 'instance') return unknown('a layer that is not known', site.span);
    const memory = args.positional[2];
    const first = on(self.attrs.get('norm_first'));
    let x: Value = args.positional[1] ?? unknown('no input', site.span);
    const branch = (index: number, body: (input: Value) => Value): void => {
      const inner = run(interp, self, `dropout${index}`, [body(first ? run(interp, self, `norm${index}`, [x], site) : x)], site);
      const sum = plus(interp, x, inner, site);
      x = first ? sum : run(interp, self, `norm${index}`, [sum], site);
    };
    branch(1, (h) => run(interp, self, 'self_attn', [h, h, h], site));
    if (decoder && memory) branch(2, (h) => run(interp, self, 'multihead_attn', [h, memory, memory], site));
    branch(decoder ? 3 : 2, (h) => {
      const inner = run(interp, self, 'activation', [run(interp, self, 'linear1', [h], site)], site);
      return run(interp, self, 'linear2', [run(interp, self, 'dropout', [inner], site)], site);
    });
    return x;
  };

const block = (name: string, decoder: boolean): ClassValue =>
  nativeClass(`torch.nn.${name}`, [MODULE], { __init__: blockInit(decoder), forward: blockForward(decoder) });

/** A deep copy: new storages with the same draws, as `copy.deepcopy` of a module makes. */
export const cloneModule = (interp: Interpreter, module: InstanceValue, depth = 0): InstanceValue => {
  const copy = interp.newInstance(module.cls, module.data, module.site);
  for (const [name, value] of module.attrs) {
    const storage = tensorData(value)?.storage;
    if (isModule(value) && depth < 40) interp.storeAttr(copy, name, cloneModule(interp, value, depth + 1));
    else if (storage) {
      const { numbers: _, ...like } = storage;
      const fresh = newStorage(interp, { ...like, of: storage, role: storage.role ?? 'other' });
      Object.assign(fresh, { of: null, role: storage.role, loaded: storage.loaded, overwritten: storage.overwritten });
      interp.storeAttr(copy, name, parameterInstance(interp, fresh, value.kind === 'instance' ? value.site : null));
    } else interp.storeAttr(copy, name, value);
  }
  return copy;
};

/** One copy is a target network or an average; several made in one place are the layers of a stack. */
const deepCopy = (interp: Interpreter, module: InstanceValue, site: CallSite): InstanceValue => {
  const copy = cloneModule(interp, module);
  const storage = namedParameters(copy).find(([, , one]) => one.role === 'weight')?.[2];
  const message = 'Deep copies of one initialised layer start with equal weights';
  if (storage)
    addNote(
      interp,
      torchState(interp).graph,
      { rule: 'cloned-layers', span: site.span, message, data: { copies: 1 } },
      { storage, init: storage.init },
    );
  return copy;
};

const clones = (interp: Interpreter, module: Value | undefined, count: Value | undefined, site: CallSite): Value => {
  const n = asNumber(count);
  if (!isModule(module)) return unknown('layers that are not known', site.span);
  if (n === undefined) interp.partial('The number of layers is not known', site.span);
  const copies = Array.from({ length: Math.min(n ?? 1, 200) }, () => cloneModule(interp, module));
  const { graph } = torchState(interp);
  for (const [, , storage] of copies[0] ? namedParameters(copies[0]) : [])
    if (storage.role === 'weight' && copies.length > 1) {
      const message = `${copies.length} copies of one initialised layer start with equal weights`;
      const data = { copies: copies.length };
      addNote(interp, graph, { rule: 'cloned-layers', span: site.span, message, data }, { storage, init: storage.init });
      break;
    }
  return interp.instantiate(MODULE_LIST, makeArgs([{ kind: 'list', items: copies, open: n === undefined }]), site);
};

const stack = (name: string, signature: string): ClassValue =>
  nativeClass(`torch.nn.${name}`, [MODULE], {
    __init__: (args, site, interp) => {
      const self = args.positional[0];
      if (self?.kind !== 'instance') return NONE;
      const bound = bind(signature, args, 1);
      interp.storeAttr(self, 'layers', clones(interp, bound.get('layer'), bound.get('num_layers'), self.site ?? site));
      interp.storeAttr(self, 'num_layers', bound.get('num_layers') ?? NONE);
      interp.storeAttr(self, 'norm', bound.get('norm') ?? NONE);
      return NONE;
    },
    forward: (args, site, interp) => {
      const self = args.positional[0];
      if (self?.kind !== 'instance') return unknown('layers that are not known', site.span);
      let x: Value = args.positional[1] ?? unknown('no input', site.span);
      const memory = name === 'TransformerDecoder' ? args.positional.slice(2, 3) : [];
      for (const module of interp.iterate(self.attrs.get('layers') ?? NONE) ?? []) x = interp.call(module, makeArgs([x, ...memory]), site);
      const norm = self.attrs.get('norm');
      return norm && norm.kind !== 'none' ? interp.call(norm, makeArgs([x]), site) : x;
    },
  });

const ENCODER_LAYER = block('TransformerEncoderLayer', false);
const DECODER_LAYER = block('TransformerDecoderLayer', true);
const ENCODER = stack('TransformerEncoder', 'layer, num_layers, norm=None, enable_nested_tensor=True, mask_check=True');
const DECODER = stack('TransformerDecoder', 'layer, num_layers, norm=None');

const TRANSFORMER_SIGNATURE =
  "d_model=512, nhead=8, num_encoder_layers=6, num_decoder_layers=6, dim_feedforward=2048, dropout=0.1, activation='relu', custom_encoder=None, custom_decoder=None, layer_norm_eps=1e-05, batch_first=False, norm_first=False, bias=True, device=None, dtype=None";

const TRANSFORMER = nativeClass('torch.nn.Transformer', [MODULE], {
  __init__: (args: Args, callSite, interp) => {
    const self = args.positional[0];
    if (self?.kind !== 'instance') return NONE;
    const site = self.site ?? callSite;
    const bound = bind(TRANSFORMER_SIGNATURE, args, 1);
    const get = (name: string): Value => bound.get(name) ?? float(0);
    const shared = [
      'd_model',
      'nhead',
      'dim_feedforward',
      'dropout',
      'activation',
      'layer_norm_eps',
      'batch_first',
      'norm_first',
      'bias',
    ].map(get);
    const norm = (): Value =>
      interp.instantiate(layer('LayerNorm'), makeArgs([get('d_model')], { eps: get('layer_norm_eps'), bias: get('bias') }), site);
    const half = (name: string, custom: string, count: string, block_: ClassValue, stack_: ClassValue): void => {
      const given = bound.get(custom);
      if (given && given.kind !== 'none') {
        interp.storeAttr(self, name, given);
        return;
      }
      const one = interp.instantiate(block_, makeArgs(shared), site);
      interp.storeAttr(self, name, interp.instantiate(stack_, makeArgs([one, get(count), norm()]), site));
    };
    half('encoder', 'custom_encoder', 'num_encoder_layers', ENCODER_LAYER, ENCODER);
    half('decoder', 'custom_decoder', 'num_decoder_layers', DECODER_LAYER, DECODER);
    // `_reset_parameters`: xavier_uniform_ for everything with more than one axis. So its copies differ from each other.
    for (const [, , storage] of namedParameters(self)) {
      if (!storage.shape || storage.shape.length < 2) continue;
      storage.init = makeInit(interp, xavierUniform(storage.shape), 'default', 'xavier_uniform_', site.nameSpan);
    }
    return NONE;
  },
  forward: (args, site, interp) => {
    const [self, source, target] = args.positional;
    if (self?.kind !== 'instance') return unknown('a model that is not known', site.span);
    const memory = interp.call(self.attrs.get('encoder') ?? NONE, makeArgs([source ?? NONE]), site);
    return interp.call(self.attrs.get('decoder') ?? NONE, makeArgs([target ?? source ?? NONE, memory]), site);
  },
  generate_square_subsequent_mask: () => unknown('a mask'),
});

MODULE.attrs.set(
  '__deepcopy__',
  native('__deepcopy__', (args, site, interp) =>
    isModule(args.positional[0]) ? deepCopy(interp, args.positional[0], site) : unknown('a copy', site.span),
  ),
);

export const TRANSFORMERS: ReadonlyMap<string, ClassValue> = new Map([
  ['MultiheadAttention', MULTIHEAD],
  ['TransformerEncoderLayer', ENCODER_LAYER],
  ['TransformerDecoderLayer', DECODER_LAYER],
  ['TransformerEncoder', ENCODER],
  ['TransformerDecoder', DECODER],
  ['Transformer', TRANSFORMER],
]);
