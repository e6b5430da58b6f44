// A torch file of about that many lines for benchmarks: many classes of different depth, width, activation and initializer.
//   node bigModel.mjs LINES
import { fileURLToPath } from 'node:url';

const ACTIVATIONS = ['nn.ReLU()', 'nn.Tanh()', 'nn.Sigmoid()', 'nn.GELU()', 'nn.LeakyReLU(0.2)'];
const INITIALIZERS = [
  'nn.init.kaiming_normal_(module.weight)',
  'nn.init.xavier_uniform_(module.weight)',
  'nn.init.normal_(module.weight, std=0.02)',
  'nn.init.orthogonal_(module.weight)',
];

/** A stack of dense layers made in a loop, initialised by `apply`. */
const stack = (k, depth, width) => [
  `class Stack${k}(nn.Module):`,
  `    """${depth} layers of ${width} units."""`,
  '',
  `    def __init__(self, in_features=${width}, width=${width}, out_features=10, depth=${depth}):`,
  '        super().__init__()',
  '        layers = []',
  '        for i in range(depth):',
  '            layers.append(nn.Linear(in_features if i == 0 else width, width))',
  `            layers.append(${ACTIVATIONS[k % ACTIVATIONS.length]})`,
  '        self.body = nn.Sequential(*layers)',
  '        self.head = nn.Linear(width, out_features)',
  '        self.apply(self.reset)',
  '',
  '    def reset(self, module):',
  '        if isinstance(module, nn.Linear):',
  `            ${INITIALIZERS[(k * 3) % INITIALIZERS.length]}`,
  '            nn.init.zeros_(module.bias)',
  '',
  '    def forward(self, x):',
  '        return self.head(self.body(x))',
];

/** A small residual image network of named layers. */
const residual = (k, width) => [
  `class Residual${k}(nn.Module):`,
  `    def __init__(self, channels=${width}, classes=10):`,
  '        super().__init__()',
  '        self.stem = nn.Conv2d(3, channels, 3, padding=1)',
  '        self.norm1 = nn.BatchNorm2d(channels)',
  '        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)',
  '        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)',
  '        self.pool = nn.AdaptiveAvgPool2d(1)',
  '        self.head = nn.Linear(channels, classes)',
  '        for module in self.modules():',
  '            if isinstance(module, nn.Conv2d):',
  `                ${INITIALIZERS[k % INITIALIZERS.length]}`,
  '',
  '    def forward(self, x):',
  '        h = F.relu(self.norm1(self.stem(x)))',
  '        h = h + self.conv2(F.relu(self.conv1(h)))',
  '        h = self.pool(h).flatten(1)',
  '        return self.head(h)',
];

export const bigModel = (lines) => {
  const out = ['import torch', 'import torch.nn as nn', 'import torch.nn.functional as F'];
  for (let k = 0; out.length < lines; k++) {
    const width = 32 + ((k * 37) % 200);
    out.push('', '', ...(k % 3 === 2 ? residual(k, width) : stack(k, 3 + (k % 9), width)));
  }
  return `${out.join('\n')}\n`;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(bigModel(Number(process.argv[2]) || 2000));
