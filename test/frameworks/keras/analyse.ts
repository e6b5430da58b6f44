/** Analyses a text and gives its networks and findings. */
import { createAnalyzer } from '../../../server/src/analyze.ts';
import type { Fix } from '../../../server/src/frameworks/fix.ts';
import type { Network } from '../../../server/src/network/network.ts';
import type { Finding } from '../../../server/src/rules/rule.ts';
import { memoryHost } from '../../../server/src/text/host.ts';
import { parser } from '../../support/parser.ts';
import { describeNetwork } from './describe.ts';

const FILE = 'model.py';

export interface Answer {
  readonly networks: readonly Network[];
  readonly findings: readonly Finding[];
  readonly fixes: (finding: Finding) => readonly Fix[];
}

export const analyse = (text: string): Answer => {
  const analyzer = createAnalyzer(memoryHost({ [FILE]: text }), parser);
  const analysis = analyzer.analyze(FILE, text);
  return {
    networks: analysis.networks.map((n) => n.network),
    findings: analysis.findings,
    fixes: (finding) => analyzer.fixes(analysis, finding),
  };
};

export const networkOf = (text: string): Network => {
  const [network, ...others] = analyse(text).networks;
  if (!network || others.length > 0) throw new Error(`${others.length + (network ? 1 : 0)} networks`);
  return network;
};

/** The network as text, one line a node and a parameter. */
export const described = (text: string): string => `\n${describeNetwork(networkOf(text))}\n`;

export const applyFix = (text: string, fix: Fix): string =>
  [...fix.edits].sort((a, b) => b.start - a.start).reduce((t, e) => t.slice(0, e.start) + e.text + t.slice(e.end), text);
