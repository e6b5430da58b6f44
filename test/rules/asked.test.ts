/** What a fix writes draws with the std that the rule asked for, in every framework's spelling and every alternative. */
import { describe, expect, it } from 'vitest';
import { frameworkNamed } from '../../server/src/frameworks/registry.ts';
import type { SetInitializer } from '../../server/src/network/intent.ts';
import { momentsOf } from '../../server/src/network/moments.ts';
import type { Network, Parameter } from '../../server/src/network/network.ts';
import { isNumber } from '../../server/src/network/scalar.ts';
import { recommendedStd } from '../../server/src/signal/recommend.ts';
import { type Analysed, analyse, apply } from './analysis.ts';
import { flaggedPrograms, type Program, ruleFiles } from './programs.ts';

/** An orthogonal kernel is one over its channels: its std hangs on how the framework flattens it, which the record of the fixes measures. */
const isKernel = (to: SetInitializer['to'], { shape }: Parameter): boolean => to.family === 'orthogonal' && (shape?.length ?? 0) > 2;

const apart = (program: Program, before: Analysed, network: Network, intent: SetInitializer): readonly string[] => {
  const { to, role } = intent;
  const drawn = intent.nodes.flatMap((id) => network.nodes[id]?.params.find((p) => p.role === role) ?? []);
  const fixes = frameworkNamed(network.framework)?.emit(intent, { network, module: () => before.module }) ?? [];
  return fixes.flatMap((fix) => {
    const after = analyse(apply(program.text, fix), program.file).networks.find((n) => n.network.name === network.name)?.network;
    const now = new Map(after?.nodes.flatMap((node) => node.params.map((p) => [p.path, p] as const)));
    return drawn.flatMap((param) => {
      const { path, fanIn, fanOut } = param;
      const init = now.get(path)?.drawn ?? now.get(path)?.init;
      const std = init && momentsOf(init.distribution)?.std;
      if (std === undefined || !isNumber(fanIn) || !isNumber(fanOut) || isKernel(to, param)) return [];
      const asked = recommendedStd(to, fanIn, fanOut);
      // Figures are written with six digits; a slope below 0.16 is left out for the plain name, which changes 1 %.
      return Math.abs(std - asked) <= 0.02 * asked ? [] : [`${fix.title}: ${path} is drawn with ${std}, asked for were ${asked}`];
    });
  });
};

describe.each(ruleFiles().map((file) => file.slice(0, -3)))('%s', (rule) => {
  it.each(flaggedPrograms(rule).map((p) => [`${p.framework}: ${p.title}`, p] as const))('%s', (_, program) => {
    const before = analyse(program.text, program.file);
    const wrong = before.networks.flatMap(({ network, findings }) =>
      findings.flatMap(({ intents }) =>
        intents.flatMap((one) => (one.kind === 'setInitializer' ? apart(program, before, network, one) : [])),
      ),
    );
    expect(wrong).toEqual([]);
  });
});
