/** From source text to figures: what the server sends for real models runs here, and measures as predicted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LayerResult } from '../../media/preview/messages.ts';
import { runNetwork } from '../../media/preview/run.ts';
import type { NetworkDto, PreviewData } from '../../server/src/protocol.ts';
import { bundleEntry } from '../support/bundle.ts';
import { type LspClient, startClient } from '../support/lspClient.ts';
import './support/tensorflow.ts';

const MODELS = {
  'a torch image classifier': `import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, channels=16):
        super().__init__()
        self.conv1 = nn.Conv2d(3, channels, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, 32, 3, stride=2, padding=1)
        self.fc = nn.Linear(32 * 8 * 8, 64)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(-1, 32 * 8 * 8)
        return self.head(F.relu(self.fc(x)))


model = Net()
out = model(torch.randn(4, 3, 32, 32))
`,
  'a Keras classifier': `import keras
from keras import layers

model = keras.Sequential(
    [
        keras.Input(shape=(16, 16, 3)),
        layers.Conv2D(32, 3, padding="same", activation="relu", kernel_initializer="he_normal"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(128, activation="tanh"),
        layers.Dropout(0.3),
        layers.Dense(10, activation="softmax"),
    ]
)
`,
  'a torch transformer block over token ids': `import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, 4, batch_first=True)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x):
        h = self.norm1(x)
        x = x + self.attention(h, h, h)[0]
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(1000, 64)
        self.block = Block()
        self.head = nn.Linear(64, 1000)

    def forward(self, ids):
        return self.head(self.block(self.tokens(ids)))


model = Model()
out = model(torch.randint(0, 1000, (4, 16)))
`,
  'a torch LSTM': `import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(32, 64, batch_first=True)
        self.head = nn.Linear(64, 8)

    def forward(self, x):
        y, _ = self.lstm(x)
        return self.head(y)


model = Tagger()
out = model(torch.randn(4, 12, 32))
`,
} as const;

let client: LspClient;

beforeAll(async () => {
  client = await startClient([process.execPath, await bundleEntry('server/src/main.node.ts'), '--stdio']);
}, 120_000);
afterAll(() => {
  client?.process.kill();
});

const networkOf = async (name: string, source: string): Promise<NetworkDto> => {
  const uri = `file:///work/${name.replaceAll(' ', '_')}.py`;
  await client.open(uri, source);
  const data = await client.request<PreviewData>('initlens/preview', { uri });
  if (data.network === null) throw new Error(data.problem ?? 'no network');
  return data.network;
};

describe('a model of a real file', () => {
  it.each(Object.entries(MODELS))(
    '%s runs to its end and measures as predicted',
    async (name, source) => {
      const network = await networkOf(name, source);
      const results: LayerResult[] = [];
      for await (const event of runNetwork(network, { seed: 1, batch: 32, gradient: false }, { name: 'cpu', software: false })) {
        if (event.type === 'layer') results.push(event.result);
      }
      expect(results.filter((r) => r.state !== 'ok')).toEqual([]);
      for (const result of results) {
        const node = network.nodes[result.node];
        if (result.state !== 'ok' || !node) continue;
        expect(result.shape?.slice(1), node.path).toEqual(node.shape);
        // One draw of narrow layers: a third either way.
        const ratio = node.predicted === null ? 1 : result.statistics.rms / node.predicted.rms;
        expect(ratio, `${node.path} ${node.label}: rms ${result.statistics.rms}, predicted ${node.predicted?.rms}`).toBeGreaterThan(0.7);
        expect(ratio, `${node.path} ${node.label}: rms ${result.statistics.rms}, predicted ${node.predicted?.rms}`).toBeLessThan(1.4);
      }
    },
    120_000,
  );
});
