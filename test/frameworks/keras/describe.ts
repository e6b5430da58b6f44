/** Prints a network compactly: one line a node, one indented line a parameter. */
import type { Distribution } from '../../../server/src/network/distribution.ts';
import type { Network, Node } from '../../../server/src/network/network.ts';
import { BATCH, formatScalar, type Scalar } from '../../../server/src/network/scalar.ts';

const dim = (size: Scalar | null): string => (size === null ? '?' : formatScalar(size) === BATCH.text ? 'B' : formatScalar(size));

const sizes = (shape: readonly (Scalar | null)[] | null): string => (shape ? `[${shape.map(dim).join(',')}]` : '?');

const number = (x: Scalar): string => (typeof x === 'number' ? String(Number(x.toPrecision(4))) : x.text);

export const describeDistribution = (d: Distribution): string => {
  switch (d.kind) {
    case 'constant':
      return number(d.value);
    case 'uniform':
      return `U(${number(d.low)}, ${number(d.high)})`;
    case 'normal':
      return `N(${number(d.mean)}, ${number(d.std)})`;
    case 'truncatedNormal':
      return `TN(${number(d.mean)}, ${number(d.std)})`;
    case 'varianceScaling':
      return `${number(d.scale)}/${d.mode} ${d.law}`;
    case 'orthogonal':
      return `orthogonal ${number(d.gain)}`;
    case 'blocks':
      return d.blocks.map((b) => `${number(b.share)}·${describeDistribution(b.distribution)}`).join(' + ');
    case 'unknown':
      return `unknown (${d.reason})`;
    default:
      return d.kind;
  }
};

const opText = (node: Node): string => {
  const { op } = node;
  if (op.kind === 'activation') {
    const args = Object.entries(op.args).map(([k, v]) => `${k}=${number(v)}`);
    return args.length > 0 ? `${op.name}(${args.join(', ')})` : op.name;
  }
  if (op.kind === 'opaque') return `opaque ${op.what}: ${op.reason}`;
  return op.kind;
};

const describeNode = (node: Node): string => {
  const params = node.params.map((p) => {
    const flags = [p.init.source, ...(p.loaded ? ['loaded'] : []), ...(p.trainable ? [] : ['frozen'])].join(' ');
    const fans = p.fanIn === null ? '' : ` fan ${dim(p.fanIn)}`;
    return `\n    ${p.path} ${sizes(p.shape)}${fans} ${describeDistribution(p.init.distribution)} ${flags}`;
  });
  return `${node.id} ${node.path || '·'} = ${opText(node)}(${node.inputs.join(', ')}) ${sizes(node.shape)}${params.join('')}`;
};

export const describeNetwork = (network: Network): string =>
  [
    ...network.nodes.map(describeNode),
    `outputs ${network.outputs.join(', ')}`,
    ...network.unreached.map((n) => `unreached ${describeNode(n)}`),
  ].join('\n');
