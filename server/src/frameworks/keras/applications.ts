/**
 * Models of keras.applications as bases of others: one node whose weights are not listed, with the shape of its output. Checked row by
 * row against test/golden/keras-extra.json.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { asScalar, bind, nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, Value } from '../../interpreter/values.ts';
import { NONE, unknown } from '../../interpreter/values.ts';
import { add, BATCH, type Dim, floorDiv, type Shape, sub, symbol } from '../../network/scalar.ts';
import { emitInput } from '../shared/graph.ts';
import { pathToken } from '../shared/layerNames.ts';
import { shapeFromValue } from '../shared/shapeValues.ts';
import { activation, emitOpaque, tensorData } from '../shared/tensor.ts';
import { inLayer, inputsOf } from './apply.ts';
import { LAYER, setLayerLoaded } from './layerClasses.ts';
import { MODEL } from './models.ts';
import { ensureLayer, kerasState } from './state.ts';

interface Base {
  /** Channels of the last map. */
  readonly channels: number;
  /** Side of the input that it is made for. */
  readonly side: number;
  /**
   * What happens to a side on the way, a letter a step: `c` halved and rounded up, `f` rounded down, `v` a window of 3 and stride 2
   * without padding, `w` one of stride 1.
   */
  readonly steps: string;
}

const family = (steps: string, sizes: Readonly<Record<string, readonly [channels: number, side: number]>>): [string, Base][] =>
  Object.entries(sizes).map(([name, [channels, side]]) => [name, { channels, side, steps }]);

const BASES: ReadonlyMap<string, Base> = new Map([
  ...family('fffff', {
    VGG16: [512, 224],
    VGG19: [512, 224],
    ConvNeXtTiny: [768, 224],
    ConvNeXtSmall: [768, 224],
    ConvNeXtBase: [1024, 224],
    ConvNeXtLarge: [1536, 224],
    ConvNeXtXLarge: [2048, 224],
  }),
  ...family('ccfff', { DenseNet121: [1024, 224], DenseNet169: [1664, 224], DenseNet201: [1920, 224] }),
  ...family('ccccc', {
    ResNet50: [2048, 224],
    ResNet101: [2048, 224],
    ResNet152: [2048, 224],
    ResNet50V2: [2048, 224],
    ResNet101V2: [2048, 224],
    ResNet152V2: [2048, 224],
    MobileNetV2: [1280, 224],
    MobileNetV3Small: [576, 224],
    MobileNetV3Large: [960, 224],
    EfficientNetB0: [1280, 224],
    EfficientNetB1: [1280, 240],
    EfficientNetB2: [1408, 260],
    EfficientNetB3: [1536, 300],
    EfficientNetB4: [1792, 380],
    EfficientNetB5: [2048, 456],
    EfficientNetB6: [2304, 528],
    EfficientNetB7: [2560, 600],
    EfficientNetV2B0: [1280, 224],
    EfficientNetV2B1: [1280, 240],
    EfficientNetV2B2: [1408, 260],
    EfficientNetV2B3: [1536, 300],
    EfficientNetV2S: [1280, 384],
    EfficientNetV2M: [1280, 480],
    EfficientNetV2L: [1280, 480],
  }),
  ...family('cffff', { MobileNet: [1024, 224] }),
  ...family('vwvwvvv', { InceptionV3: [2048, 299], InceptionResNetV2: [1536, 299] }),
  ...family('vwcccc', { Xception: [2048, 299] }),
  ...family('vcccc', { NASNetMobile: [1056, 224], NASNetLarge: [4032, 331] }),
]);

const STEPS: Readonly<Record<string, (side: Dim) => Dim>> = {
  c: (side) => floorDiv(add(side, 1), 2),
  f: (side) => floorDiv(side, 2),
  v: (side) => floorDiv(sub(side, 1), 2),
  w: (side) => sub(side, 2),
};

const SIGNATURE =
  'include_top=True, weights=imagenet, input_tensor=None, input_shape=None, pooling=None, classes=1000, classifier_activation=softmax, **kwargs';

/** The map that a base makes of an input, batch and channels last; null where it is not one of the table. */
export const featureShape = (name: string, input: Shape | null): Shape | null => {
  const base = BASES.get(name);
  if (!base || input?.length !== 4) return null;
  const side = (at: number): Dim => [...base.steps].reduce<Dim>((size, step) => (STEPS[step] ?? STEPS.f)?.(size) ?? size, input[at] ?? 1);
  return [BATCH, side(1), side(2), base.channels];
};

interface Options {
  readonly top: Value | undefined;
  readonly pooling: Value | undefined;
  readonly classes: Value | undefined;
}

const outputShapeOf = (name: string, input: Shape | null, { top, pooling, classes }: Options): Shape | null => {
  if (top?.kind !== 'bool') return null;
  if (top.value) {
    const count = asScalar(classes);
    return count === undefined ? null : [BATCH, count];
  }
  const features = featureShape(name, input);
  if (!features || pooling?.kind === 'unknown') return null;
  return pooling?.kind === 'string' ? [BATCH, features[3] as Dim] : features;
};

const self = (args: Args): InstanceValue | undefined => (args.positional[0]?.kind === 'instance' ? args.positional[0] : undefined);

/** Input of a base that nobody gave a shape: the one it is made for where its head needs that, else any. */
const defaultInput = (name: string, top: Value | undefined): Shape | null => {
  const side = BASES.get(name)?.side;
  if (side === undefined) return null;
  const fixed = top?.kind === 'bool' && top.value;
  return fixed ? [BATCH, side, side, 3] : [BATCH, symbol('height'), symbol('width'), 3];
};

/** A model of keras.applications. With `weights=None` its weights are drawn, with anything else they are loaded. */
export const applicationClass = (name: string): ClassValue =>
  nativeClass(
    `keras.applications.${name}`,
    [MODEL],
    {
      __init__: (args, site, interp) => {
        const model = self(args);
        if (!model) return NONE;
        const init = LAYER.attrs.get('__init__');
        const { name: given } = Object.fromEntries(args.keywords);
        const common: Args = { positional: [model], keywords: new Map(given ? [['name', given]] : []), open: false };
        if (init?.kind === 'native') init.call(common, site, interp);
        const bound = bind(SIGNATURE, args, 1);
        const weights = bound.get('weights');
        const fresh = bound.has('weights') && weights?.kind === 'none';
        if (!fresh) setLayerLoaded(model, interp);
        const options: Options = { top: bound.get('include_top'), pooling: bound.get('pooling'), classes: bound.get('classes') };
        const data = ensureLayer(model, interp);
        const tensor = tensorData(bound.get('input_tensor'));
        const { graph } = kerasState(interp);
        const shape = shapeFromValue(bound.get('input_shape'), name, false) ?? defaultInput(name, options.top);
        const input = tensor ?? activation(graph, emitInput(graph, 'input_layer', shape, false, site.span));
        const reason = fresh ? 'a model of keras.applications is one node' : 'a pretrained model';
        model.data = Object.assign(data, { application: { name, options, reason } satisfies Application });
        const output = emitBase(model, [input], site, interp);
        data.functional = { inputs: [input], outputs: [output], single: true };
        return NONE;
      },
      __call__: (args, site, interp) => {
        const model = self(args);
        const inputs = inputsOf({ ...args, positional: args.positional.slice(1) });
        if (!model || inputs.length === 0) return unknown(`${name} was called with something that is no tensor`, site.span);
        return emitBase(model, inputs.slice(0, 1), site, interp);
      },
    },
    { application: name },
  );

interface Application {
  readonly name: string;
  readonly options: Options;
  readonly reason: string;
}

const applicationOf = (model: InstanceValue): Application | undefined =>
  (model.data as { application?: Application } | null | undefined)?.application;

const emitBase = (model: InstanceValue, inputs: Parameters<typeof emitOpaque>[4], site: CallSite, interp: Interpreter): Value => {
  const { graph } = kerasState(interp);
  const application = applicationOf(model);
  if (!application) return unknown('a base model that is not known', site.span);
  const [input] = inputs;
  const given = input?.node == null ? null : (graph.nodes[input.node]?.shape ?? null);
  const shape = outputShapeOf(application.name, given, application.options);
  return inLayer(graph, pathToken(model), () => emitOpaque(interp, graph, application.name, application.reason, inputs, site, shape));
};

export const isApplication = (value: InstanceValue): boolean =>
  typeof value.cls.meta === 'object' && value.cls.meta !== null && 'application' in value.cls.meta;
