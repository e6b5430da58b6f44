/** Analyses a JavaScript text and gives its networks and findings. */
import { createAnalyzer } from '../../../server/src/analyze.ts';
import type { Fix } from '../../../server/src/frameworks/fix.ts';
import type { Network, Parameter } from '../../../server/src/network/network.ts';
import { constantValue } from '../../../server/src/network/scalar.ts';
import type { Finding } from '../../../server/src/rules/rule.ts';
import { memoryHost } from '../../../server/src/text/host.ts';
import { parser } from '../../support/javascript.ts';
import { describeNetwork } from '../keras/describe.ts';
import { stdOf } from '../keras/golden.ts';

/** Standard deviation of N(0, 1) cut at two. */
export const TRUNCATED = 0.879625661;

export const analyse = (text: string, others: Readonly<Record<string, string>> = {}, file = 'model.ts') => {
  const analyzer = createAnalyzer(memoryHost({ ...others, [file]: text }), parser);
  const analysis = analyzer.analyze(file, text);
  return {
    analysis,
    networks: analysis.networks.map((n) => n.network),
    findings: analysis.findings,
    fixes: (finding: Finding): readonly Fix[] => analyzer.fixes(analysis, finding),
  };
};

export const networkOf = (text: string, others: Readonly<Record<string, string>> = {}): Network => {
  const [network, ...rest] = analyse(text, others).networks;
  if (!network || rest.length > 0) throw new Error(`${rest.length + (network ? 1 : 0)} networks`);
  return network;
};

/** The network as text, one line a node and a parameter. */
export const described = (text: string, others: Readonly<Record<string, string>> = {}): string =>
  `\n${describeNetwork(networkOf(text, others))}\n`;

/** Mean and standard deviation of a distribution; varianceScaling's normal law is truncated and not corrected. */
export const moments = (distribution: Parameter['init']['distribution']): { mean: number; std: number } => {
  const plain = stdOf(distribution);
  const truncated = distribution.kind === 'varianceScaling' && distribution.law === 'truncatedNormal' && !distribution.corrected;
  return truncated ? { ...plain, std: plain.std * TRUNCATED } : plain;
};

export const numbers = (sizes: Parameter['shape']): readonly (number | undefined)[] =>
  (sizes ?? []).map((size) => (size === null ? undefined : constantValue(size)));
