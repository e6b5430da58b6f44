/** The IR as text, one line per node and one per parameter: what `Show network` shows and the `.ir` snapshots of tests hold. */
import type { Distribution } from './distribution.ts';
import type { Network, Node, Parameter } from './network.ts';
import type { Op } from './op.ts';
import { formatScalar, isNumber, type Scalar, type Shape } from './scalar.ts';
import type { Loss } from './training.ts';

/** Six digits are enough to tell initializers apart and few enough to read. */
const number = (x: number): string => (Number.isInteger(x) ? String(x) : String(Number(x.toPrecision(6))));
const scalar = (x: Scalar): string => (isNumber(x) ? number(x) : formatScalar(x));

export const printShape = (shape: readonly (Scalar | null)[] | null): string =>
  shape === null ? '?' : `(${shape.map((size) => (size === null ? '?' : scalar(size))).join(', ')})`;

export const printDistribution = (d: Distribution): string => {
  switch (d.kind) {
    case 'constant':
      return scalar(d.value);
    case 'uniform':
      return `uniform(${scalar(d.low)}, ${scalar(d.high)})`;
    case 'normal':
      return `normal(${scalar(d.mean)}, ${scalar(d.std)})`;
    case 'truncatedNormal':
      return `truncatedNormal(${scalar(d.mean)}, ${scalar(d.std)}, ${scalar(d.low)}, ${scalar(d.high)})`;
    case 'varianceScaling':
      return `varianceScaling(${scalar(d.scale)}/${scalar(d.fan)}, ${d.mode}, ${d.law}${d.corrected || d.law !== 'truncatedNormal' ? '' : ', uncorrected'})`;
    case 'orthogonal':
    case 'identity':
      return `${d.kind}(gain ${scalar(d.gain)}, ${scalar(d.rows)}×${scalar(d.columns)})`;
    case 'dirac':
      return `dirac(groups ${d.groups})`;
    case 'sparse':
      return `sparse(${scalar(d.density)}, ${scalar(d.std)})`;
    case 'affine':
      return `${scalar(d.factor)}·${printDistribution(d.of)}${d.offset === 0 ? '' : ` + ${scalar(d.offset)}`}`;
    case 'blocks':
      return `blocks(${d.blocks.map((b) => `${scalar(b.share)}: ${printDistribution(b.distribution)}`).join(', ')})`;
    case 'data':
      return `data(${d.what})`;
    case 'uninitialized':
      return 'uninitialized';
    case 'unknown':
      return `unknown(${d.reason})`;
  }
};

const isScalarExpression = (x: object): x is Exclude<Scalar, number> => 'args' in x && 'text' in x;

const value = (x: unknown): string => {
  if (typeof x === 'number') return number(x);
  if (x === null || typeof x !== 'object') return String(x);
  if (Array.isArray(x)) return `[${x.map(value).join(', ')}]`;
  if (isScalarExpression(x)) return scalar(x);
  return `{${Object.entries(x)
    .map(([key, item]) => `${key}: ${value(item)}`)
    .join(', ')}}`;
};

/** What is the same in nearly every op says nothing. */
const isUsual = (key: string, x: unknown): boolean => {
  if (x === false) return true;
  if (key === 'groups' || key === 'layers') return x === 1;
  if (key === 'channelAxis') return x === 1;
  if (key === 'dilation' || key === 'stride') return Array.isArray(x) && x.every((n) => n === 1);
  if (key === 'outputPadding') return Array.isArray(x) && x.every((n) => n === 0);
  return typeof x === 'object' && x !== null && !Array.isArray(x) && Object.keys(x).length === 0;
};

export const printOp = (op: Op): string => {
  const { kind, ...rest } = op;
  const args = Object.entries(rest)
    .filter(([key, x]) => !isUsual(key, x))
    .map(([key, x]) => `${key} ${value(x)}`);
  return args.length === 0 ? kind : `${kind}(${args.join(', ')})`;
};

const printParameter = (p: Parameter): string => {
  const marks = [
    p.init.source === 'default' ? '' : p.init.source,
    p.trainable ? '' : 'frozen',
    p.loaded ? 'loaded' : '',
    p.overwritten.length > 0 ? `after ${p.overwritten.map((init) => init.name).join(', ')}` : '',
  ].filter((mark) => mark !== '');
  const fans = [p.fanIn, p.fanOut].map((fan) => (fan === null ? '?' : scalar(fan))).join('→');
  return `    ${p.path} ${p.role} ${printShape(p.shape)} fan ${fans} = ${printDistribution(p.init.distribution)} by ${p.init.name}${
    marks.length > 0 ? ` [${marks.join('; ')}]` : ''
  }`;
};

const printInputs = (node: Node): string => (node.inputs.length === 0 ? '' : ` ← ${node.inputs.map((id) => `%${id}`).join(', ')}`);

const printNode = (node: Node): string[] => [
  `  %${node.id} ${node.path === '' ? node.label : `${node.path} ${node.label}`}: ${printOp(node.op)}${printInputs(node)} → ${printShape(
    node.shape as Shape | null,
  )}${node.call > 1 ? ` call ${node.call}` : ''}`,
  ...node.params.map(printParameter),
];

const printLoss = ({ name, takes, on }: Loss): string => {
  const steps = on?.through.map((step) => ` ${printOp(step.op)}`).join('') ?? '';
  return `  loss ${name}${takes ? ` of ${takes}` : ''}${on ? ` on %${on.node}${steps}` : ''}`;
};

export const printNetwork = (network: Network): string => {
  const head = `${network.name} (${network.framework}, ${network.entry}${network.complete ? '' : ', incomplete'})`;
  const { losses, optimizer } = network.training;
  const training = [
    ...losses.map(printLoss),
    ...(optimizer
      ? [`  optimizer ${optimizer.name}${optimizer.learningRate === undefined ? '' : ` lr ${scalar(optimizer.learningRate)}`}`]
      : []),
  ];
  return [
    head,
    ...network.nodes.flatMap(printNode),
    `  outputs ${network.outputs.map((id) => `%${id}`).join(', ') || 'none'}`,
    ...(network.unreached.length > 0 ? ['  unreached', ...network.unreached.flatMap(printNode)] : []),
    ...training,
    ...network.notes.map((note) => `  note ${note.rule}: ${note.message}`),
    ...network.issues.map((issue) => `  issue: ${issue.message}`),
    '',
  ].join('\n');
};
