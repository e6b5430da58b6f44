/**
 * One network, written in every framework with its initializers spelled out, is one network: the same ops, sizes, fans, draws, next
 * activations, and so the same prediction. Without initializers the frameworks differ, and exactly as they were measured to.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AnalyzeOptions, createAnalyzer, type NetworkResult } from '../../server/src/analyze.ts';
import { momentsOf } from '../../server/src/network/moments.ts';
import type { Node, Parameter, ParameterRole } from '../../server/src/network/network.ts';
import { isNumber, type Scalar } from '../../server/src/network/scalar.ts';
import { isWeighted } from '../../server/src/rules/topology.ts';
import { memoryHost } from '../../server/src/text/host.ts';
import { parser } from '../support/parser.ts';
import { DEFAULTS } from './defaults.ts';

const folder = import.meta.dirname;

/** Input shapes of the networks, for the frameworks in whose source none is written. */
const INPUTS: Readonly<Record<string, readonly (number | null)[]>> = {
  conv: [null, 3, 16, 16],
  lstm: [null, 20, 12],
  lstm_forget: [null, 20, 12],
};

const networkOf = async (file: string, text: string, options: AnalyzeOptions = {}): Promise<NetworkResult> => {
  const analyzer = createAnalyzer(memoryHost({ [file]: text }), parser);
  await analyzer.ready(file, text);
  const { networks, issues } = analyzer.analyze(file, text, options);
  const [network] = networks;
  if (!network || networks.length > 1) throw new Error(`${networks.length} networks: ${issues.map((i) => i.message).join('; ')}`);
  return network;
};

const round = (x: number | null | undefined): number | null =>
  x === null || x === undefined || !Number.isFinite(x) ? null : Number(x.toPrecision(6));

const size = (x: Scalar | null): number | string | null => (x === null || isNumber(x) ? x : x.text);

const drawOf = (parameter: Parameter): { readonly mean: number | null; readonly std: number | null } => {
  const moments = momentsOf(parameter.init.distribution, () => undefined);
  return { mean: round(moments?.mean), std: round(moments?.std) };
};

/** Moments over the elements of one role, in one packed tensor or in one of its own for each gate; none is like zeros. */
const drawn = (node: Node, role: ParameterRole) => {
  const all = node.params.filter((p) => p.role === role).map((p) => momentsOf(p.init.distribution, () => undefined));
  if (all.length === 0) return { mean: 0, std: 0 };
  if (all.some((m) => m === null)) return null;
  const mean = all.reduce((sum, m) => sum + (m?.mean ?? 0) / all.length, 0);
  const second = all.reduce((sum, m) => sum + ((m?.std ?? 0) ** 2 + (m?.mean ?? 0) ** 2) / all.length, 0);
  return { mean: round(mean), std: round(Math.sqrt(Math.max(0, second - mean * mean))) };
};

const sizesOf = ({ op }: Node): Readonly<Record<string, unknown>> => {
  switch (op.kind) {
    case 'dense':
      return { in: size(op.inFeatures), out: size(op.outFeatures) };
    case 'conv':
      return { in: size(op.inChannels), out: size(op.outChannels), kernel: op.kernel.map(size), stride: op.stride.map(size) };
    case 'recurrent':
      return { cell: op.cell, in: size(op.inFeatures), out: size(op.units), inside: op.activation };
    default:
      return {};
  }
};

/** Where a layer's result is handed on: behind the step that is picked of a sequence, which other frameworks pick themselves. */
const handedOn = (node: Node, { network }: NetworkResult): Node => {
  const [reader, ...others] = network.nodes.filter((n) => n.inputs.includes(node.id));
  return node.op.kind === 'recurrent' && reader?.op.kind === 'slice' && others.length === 0 ? reader : node;
};

/** A network without what is a framework's own: names, order of axes, packing of gates. */
const normalised = (result: NetworkResult) =>
  result.network.nodes
    .filter((node) => isWeighted(node.op))
    .map((node) => {
      const weight = node.params.find((p) => p.role === 'weight');
      const recurrent = node.params.find((p) => p.role === 'recurrentWeight');
      const { forward, gradient } = result.signal.nodes[handedOn(node, result).id] ?? { forward: null, gradient: null };
      return {
        op: node.op.kind,
        ...sizesOf(node),
        fanIn: size(weight?.fanIn ?? null),
        fanOut: size(weight?.fanOut ?? null),
        ...(recurrent ? { recurrentFans: [size(recurrent.fanIn), size(recurrent.fanOut)], recurrent: drawn(node, 'recurrentWeight') } : {}),
        weight: drawn(node, 'weight'),
        bias: drawn(node, 'bias'),
        next: result.facts.next(node).map(({ name, via, throughAdd }) => ({ name, via, throughAdd })),
        rms: round(forward && Math.sqrt(forward.q)),
        gradient: round(gradient === null ? null : Math.sqrt(gradient)),
      };
    });

const networks = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());

describe.each(networks.map((entry) => entry.name))('%s', (name) => {
  const files = readdirSync(join(folder, name)).sort();
  const read = (file: string): Promise<NetworkResult> => {
    const input = file === 'torch.py' ? INPUTS[name] : undefined;
    const text = readFileSync(join(folder, name, file), 'utf8');
    return networkOf(`model${extname(file)}`, text, input ? { className: 'Net', input } : {});
  };

  it('is written in torch, which the others are compared with', async () => {
    const layers = normalised(await read('torch.py'));
    expect(layers.length).toBeGreaterThan(1);
    // Nothing that is compared below may be unknown.
    for (const layer of layers) {
      expect(layer.rms, layer.op).toBeGreaterThan(0);
      expect(layer.gradient, layer.op).toBeGreaterThan(0);
      expect(layer.fanIn, layer.op).toBeGreaterThan(0);
    }
  });

  it.each(files.filter((file) => file !== 'torch.py'))('%s gives the same network', async (file) => {
    expect(normalised(await read(file))).toEqual(normalised(await read('torch.py')));
  });
});

describe(`defaults differ as they were measured to: ${DEFAULTS.reduce((n, d) => n + d.draws.length, 0)} draws`, () => {
  for (const { framework, file, text, draws } of DEFAULTS)
    it(framework, async () => {
      const { network } = await networkOf(file, text);
      const params = [...network.nodes, ...network.unreached].flatMap((node) => node.params);
      for (const [path, std] of draws) {
        const parameter = params.find((p) => p.path === path);
        if (!parameter) throw new Error(`no ${path} among ${params.map((p) => p.path).join(', ')}`);
        expect(parameter.init.source, path).toBe('default');
        expect(drawOf(parameter).std, path).toBeCloseTo(std, 5);
      }
    });
});
