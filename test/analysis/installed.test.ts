/** Installed packages are read where that is allowed; what is found in them is said at the call that builds the model. */
import { describe, expect, it } from 'vitest';
import { type Analysis, createAnalyzer } from '../../server/src/analyze.ts';
import { memoryHost } from '../../server/src/text/host.ts';
import { resolve } from '../../server/src/text/span.ts';
import { parser } from '../support/parser.ts';

const SITE = 'env/lib/python3.11/site-packages';
const LIBRARY = `import torch
from torch import nn

class Deep(nn.Module):
    def __init__(self, width=256, depth=20, classes=10):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.head = nn.Linear(width, classes)
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.xavier_uniform_(m.weight)
    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.head(x)

def deep(**options):
    return Deep(**options)
`;
const FILES = { [`${SITE}/zoo/__init__.py`]: 'from .models import deep, Deep\n', [`${SITE}/zoo/models.py`]: LIBRARY };

const analyze = (
  text: string,
  environment: readonly string[] = [SITE],
  files: Record<string, string> = FILES,
  file = 'main.py',
): Analysis => createAnalyzer(memoryHost({ ...files, [file]: text }, environment), parser).analyze(file, text);

const found = (text: string, analysis: Analysis): string[] =>
  analysis.findings.map(({ rule, span }) => {
    const { file, start, end } = resolve(span);
    return `${rule} ${file} ${text.slice(start, end)}`;
  });

const USE = 'from zoo import deep\nnet = deep(classes=3)\n';

describe('installed packages', () => {
  it('are not read unless that is allowed', () => {
    expect(analyze(USE, []).networks).toEqual([]);
  });

  it('a model out of one is read with the arguments of the call', () => {
    const [result] = analyze(USE).networks;
    expect(result?.network.name).toBe('net');
    const dense = result!.network.nodes.filter(({ op }) => op.kind === 'dense');
    expect(dense).toHaveLength(21);
    expect(dense.at(-1)?.params[0]?.shape).toEqual([3, 256]);
  });

  it('of a package that is known not to be there the import fails, and the way without it is taken', () => {
    const files = {
      [`${SITE}/zoo/__init__.py`]:
        'import importlib\nfrom torch import nn\ndef wide():\n    try:\n        module = importlib.import_module("fast")\n        size = module.WIDTH\n    except ImportError:\n        size = 7\n    return nn.Linear(3, size)\n',
    };
    const text = 'from zoo import wide\nnet = wide()\n';
    const host = { ...memoryHost({ ...files, 'app/main.py': text }, [SITE]), roots: ['app'] };
    const [result] = createAnalyzer(host, parser).analyze('app/main.py', text).networks;
    expect(result?.network.nodes.flatMap(({ params }) => params)[0]?.shape).toEqual([7, 3]);
  });

  it('what is wrong with it is said at that call, without a fix', () => {
    const analyzer = createAnalyzer(memoryHost({ ...FILES, 'main.py': USE }, [SITE]), parser);
    const analysis = analyzer.analyze('main.py', USE);
    expect(found(USE, analysis)).toEqual(['relu-without-he main.py deep(classes=3)']);
    expect(analysis.findings.flatMap((finding) => analyzer.fixes(analysis, finding))).toEqual([]);
    expect(analysis.findings.flatMap(({ related }) => related.map(({ span }) => resolve(span).file))).not.toContain(
      `${SITE}/zoo/models.py`,
    );
  });

  it('a comment at the call silences it', () => {
    expect(analyze(USE.replace('classes=3)', 'classes=3)  # initlens: ignore[relu-without-he]')).findings).toEqual([]);
  });

  it('a class that derives from one is said at its own name', () => {
    const text = 'from zoo import Deep\nclass Mine(Deep):\n    pass\n';
    expect(found(text, analyze(text))).toEqual(['relu-without-he main.py Mine']);
  });

  it('a model that a function builds with one is said there', () => {
    const text = 'import zoo\ndef build():\n    return zoo.deep()\n';
    expect(found(text, analyze(text))).toEqual(['relu-without-he main.py build']);
  });

  it('a file of one that is opened has no findings', () => {
    expect(analyze(LIBRARY, [SITE], FILES, `${SITE}/zoo/models.py`).findings).toEqual([]);
  });

  it('the workspace comes first', () => {
    const own = { ...FILES, 'zoo.py': LIBRARY.replaceAll('xavier', 'kaiming') };
    expect(analyze(USE, [SITE], own).findings).toEqual([]);
  });

  it('what a framework models is modelled, whatever is installed', () => {
    const torch = { [`${SITE}/torch/__init__.py`]: 'raise Exception', [`${SITE}/torch/nn/__init__.py`]: 'Linear = None' };
    const text = 'import torch.nn as nn\nnet = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))\n';
    expect(analyze(text, [SITE], torch).networks).toHaveLength(1);
  });

  it.each([
    ['a single file', { [`${SITE}/one.py`]: LIBRARY }, 'from one import deep'],
    ['a package without __init__.py', { [`${SITE}/space/inner/models.py`]: LIBRARY }, 'from space.inner.models import deep'],
    [
      'names for type checkers alone',
      {
        [`${SITE}/lazy/__init__.py`]:
          'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .models import *\nelse:\n    import sys\n    sys.modules[__name__] = _LazyModule(__name__)\n',
        [`${SITE}/lazy/models.py`]: LIBRARY,
      },
      'from lazy import deep',
    ],
    ['a stub beside it', { [`${SITE}/one.py`]: LIBRARY, [`${SITE}/one.pyi`]: 'def deep(): ...' }, 'from one import deep'],
  ])('%s is read', (_, files, line) => {
    expect(analyze(`${line}\nnet = deep()\n`, [SITE], files).networks.map(({ network }) => network.name)).toEqual(['net']);
  });
});

describe('models that another file of the workspace builds', () => {
  it('are models of the file that has them built, at the call', () => {
    const text = 'from factory import build\nnet = build(8)\nmodel, size = build(4), 3\n';
    const factory = 'from torch import nn\ndef build(n):\n    return nn.Sequential(nn.Linear(n, n), nn.ReLU(), nn.Linear(n, 1))\n';
    const { networks } = analyze(text, [], { 'factory.py': factory });
    expect(networks.map(({ network }) => [network.name, network.entry, resolve(network.nameSpan).file])).toEqual([
      ['net', 'call', 'main.py'],
      ['model', 'call', 'main.py'],
    ]);
  });
});
