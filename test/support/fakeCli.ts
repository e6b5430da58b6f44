/** The command line over the fake analyzer: tests of arguments, files, formats and exit codes alone. */
import type { Program } from '../../server/src/cli/main.ts';
import { runProcess } from '../../server/src/cli/process.node.ts';
import { defineRule } from '../../server/src/rules/rule.ts';
import { fakeAnalyzer } from './fakeAnalyzer.ts';

const rule = defineRule({
  name: 'relu-without-he',
  group: 'pairing',
  tier: 'stable',
  docs: { what: 'ReLU after Glorot.', why: 'Half of the variance\nis lost.', exceptions: 'Heads.', references: ['He 2015'] },
  examples: [{ framework: 'torch', bad: 'xavier', good: 'kaiming' }],
  check: () => undefined,
});

const program: Program = {
  version: '1.2.3',
  rules: async () => [rule],
  analyzer: async () => fakeAnalyzer(),
  serve: async () => {
    throw new Error('not here');
  },
};

void runProcess(program);
