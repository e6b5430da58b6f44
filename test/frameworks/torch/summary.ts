/** Runs torch source through the interpreter and prints its networks, one line a node. */
import { EntryRunner } from '../../../server/src/analysis/entries.ts';
import { torch } from '../../../server/src/frameworks/torch/index.ts';
import type { Hooks } from '../../../server/src/interpreter/api.ts';
import { ModuleLoader } from '../../../server/src/interpreter/modules.ts';
import { momentsOf } from '../../../server/src/network/moments.ts';
import type { Network, Node, Parameter } from '../../../server/src/network/network.ts';
import { formatScalar, type Shape } from '../../../server/src/network/scalar.ts';
import { memoryHost } from '../../../server/src/text/host.ts';
import { parser } from '../../support/parser.ts';

export const HOOKS: Hooks = {
  external: (path) => (path === 'torch' ? 'module' : torch.external(path)),
  owns: (top) => torch.packages.includes(top),
  unknownCall: torch.unknownCall,
  join: torch.join,
};

export const IMPORTS = `import math
import torch
import torch.nn as nn
import torch.nn.functional as F
from collections import OrderedDict
`;

/** All networks that a text builds: at top level, by functions, and from classes that nothing builds. */
export const networksOf = (text: string, input?: readonly (number | null)[]): readonly Network[] => {
  const files = { 'main.py': text };
  const source = parser.parse('main.py', text);
  const loader = new ModuleLoader(memoryHost(files), HOOKS, () => source);
  loader.begin();
  const run = loader.run('main.py', source);
  const runner = new EntryRunner(loader, [torch], run);
  if (input) return runner.classes().flatMap((cls) => runner.fromClass(cls, { input }).traced.map((t) => t.network));
  const top = runner.top();
  const functions = runner.functions().map((fn) => runner.fromFunction(fn));
  const used = new Set([top, ...functions].flatMap((e) => (e.traced.length > 0 ? [...e.classes] : [])));
  const classes = runner
    .classes()
    .filter((cls) => !used.has(cls.name))
    .map((cls) => runner.fromClass(cls));
  const within = new Set(classes.flatMap((e) => [...e.classes].map((name) => `class ${name}`)));
  return [top, ...functions, ...classes.filter((e) => !within.has(e.key))].flatMap((e) => e.traced.map((t) => t.network));
};

/** The one network of a text that starts with the usual imports. */
export const networkOf = (text: string): Network => {
  const networks = networksOf(IMPORTS + text);
  const network = networks[0];
  if (!network) throw new Error('no network');
  return network;
};

const size = (d: Shape[number] | null): string => (d === null ? '?' : formatScalar(d) === 'batch' ? 'N' : formatScalar(d));

export const shapeText = (shape: readonly (Shape[number] | null)[] | null): string => (shape ? `(${shape.map(size).join(', ')})` : '?');

const figure = (x: number): string => String(Number(x.toPrecision(4)));

export const paramText = (p: Parameter): string => {
  const m = momentsOf(p.init.distribution, () => undefined);
  const kind = p.init.distribution.kind === 'unknown' ? 'unknown' : m ? `${figure(m.mean)}±${figure(m.std)}` : p.init.distribution.kind;
  const marks = [
    p.init.source[0],
    p.init.generic ? 'g' : '',
    p.loaded ? 'L' : '',
    p.trainable ? '' : 'F',
    p.overwritten.length > 0 ? `o${p.overwritten.length}` : '',
  ];
  return `${p.path}${shapeText(p.shape)} ${p.init.name} ${kind} [${marks.join('')}]`;
};

const opText = (node: Node): string => {
  const { op } = node;
  if (op.kind === 'activation') return op.name;
  if (op.kind === 'opaque') return `opaque(${op.what})`;
  return op.kind;
};

/** `3 dense fc1 ← 2 (N, 10)` */
export const graphText = (network: Network): string =>
  network.nodes
    .map(
      (n) =>
        `${n.id} ${opText(n)} ${n.path}${n.inputs.length > 0 ? ` ← ${n.inputs.join(' ')}` : ''} ${shapeText(n.shape)}${n.call > 1 ? ` call ${n.call}` : ''}`,
    )
    .join('\n');

/** Only the kinds, in order. */
export const kinds = (network: Network): string => network.nodes.map(opText).join(' ');

export const parametersOf = (network: Network): readonly Parameter[] => [...network.nodes, ...network.unreached].flatMap((n) => n.params);

export const summary = (network: Network): string =>
  [
    `${network.name} ${network.entry}${network.complete ? '' : ' incomplete'} in ${network.inputs.join(' ')} out ${network.outputs.join(' ')}`,
    graphText(network),
    ...parametersOf(network).map(paramText),
    ...network.unreached.map((n) => `unreached ${n.path}`),
    ...network.issues.map((i) => `issue ${i.message}`),
    ...network.notes.map((n) => `note ${n.rule} ${n.message}`),
  ].join('\n');
