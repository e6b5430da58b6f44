/** Which inputs a model is traced with: those that it needs, and those without which its layers would not be reached. */
import { expect, it } from 'vitest';
import type { Network } from '../../../server/src/network/network.ts';
import { IMPORTS, networkOf, networksOf, shapeText } from './summary.ts';

const inputs = (network: Network): string[] =>
  network.inputs.map((id) => `${network.nodes[id]?.path} ${shapeText(network.nodes[id]?.shape ?? null)}`);

const unreached = (network: Network): string[] => network.unreached.map(({ path }) => path);

const TRANSLATOR = `
class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(100, 16)
        self.encoder = nn.Linear(16, 16)
        self.decoder = nn.Linear(16, 16)

    def stack(self, layer, ids=None, embeds=None):
        if ids is not None and embeds is not None:
            raise ValueError('both')
        elif ids is not None:
            embeds = self.embed(ids)
        elif embeds is None:
            raise ValueError('neither')
        return layer(embeds)

    def forward(
        self,
        input_ids: torch.LongTensor | None = None,
        attention_mask: torch.Tensor | None = None,
        decoder_input_ids: torch.LongTensor | None = None,
        inputs_embeds: torch.FloatTensor | None = None,
        decoder_inputs_embeds: torch.FloatTensor | None = None,
        labels: torch.LongTensor | None = None,
        return_dict: bool | None = None,
    ):
        memory = self.stack(self.encoder, input_ids, inputs_embeds)
        return self.stack(self.decoder, decoder_input_ids, decoder_inputs_embeds) + memory.mean(1, keepdim=True)
`;

it('gives a second sequence where layers wait for it, and neither masks nor labels nor embeddings beside ids', () => {
  const network = networkOf(TRANSLATOR);
  expect(inputs(network)).toEqual(['input_ids (N, length)', 'decoder_input_ids (N, decoder_length)']);
  expect(unreached(network)).toEqual([]);
  expect(network.complete).toBe(true);
});

it('gives an input of another kind the shape that its first layer asks for', () => {
  const network = networkOf(`
class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.EmbeddingBag(100, 8)
        self.pixels = nn.Conv2d(3, 8, 4, 4)
        self.head = nn.Linear(8, 2)

    def forward(self, input_ids=None, pixel_values=None, token_mask=None):
        return self.head(self.words(input_ids) + self.pixels(pixel_values).mean((2, 3)))
`);
  expect(inputs(network)).toEqual(['input_ids (N, length)', 'pixel_values (N, 3, height, width)']);
  expect(network.nodes.some(({ op }) => op.kind === 'opaque')).toBe(false);
});

it('leaves out what leads to no layer of its own', () => {
  const network = networkOf(`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key = nn.Linear(8, 8), nn.Linear(4, 8)

    def forward(self, x, scale=None, context=None):
        x = self.query(x)
        if scale is not None:
            x = x * scale
        return x if context is None else x + self.key(context)
`);
  expect(inputs(network)).toEqual(['x (N, 8)', 'context (N, 4)']);
});

it('adds what the model refuses to do without', () => {
  const network = networkOf(`
class Prompted(nn.Module):
    def __init__(self):
        super().__init__()
        self.image, self.point, self.label = nn.Linear(8, 8), nn.Linear(2, 8), nn.Embedding(2, 8)

    def forward(self, x, points=None, point_labels=None):
        y = self.image(x)
        if points is not None:
            if point_labels is None:
                raise ValueError('points need labels')
            y = y + self.point(points) + self.label(point_labels)
        return y
`);
  expect(inputs(network)).toEqual(['x (N, 8)', 'points (N, 2)', 'point_labels (N, length)']);
});

it('goes on as before where an input takes the place of layers', () => {
  const network = networkOf(`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(8, 4), nn.Linear(4, 8)
        self.other = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 8))

    def forward(self, x, memory=None):
        if memory is None:
            return self.decoder(self.encoder(x))
        return self.decoder(memory) + self.other(memory)
`);
  expect(inputs(network)).toEqual(['x (N, 8)']);
  expect(unreached(network)).toEqual(['other.0', 'other.1']);
});

it('says nothing of what was only tried', () => {
  const network = networkOf(`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.spare = nn.Linear(8, 4), nn.Linear(8, 4)

    def forward(self, x, extra=None):
        if extra is not None:
            for row in extra.rows():
                x = x + row
        return self.fc(x)
`);
  expect(network.issues).toEqual([]);
  expect(network.complete).toBe(true);
});

it('takes numbers for numbers, and the parameters of the forward that `**kwargs` are handed to', () => {
  const [grid, inner] = networksOf(`${IMPORTS}
class Grid(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(6, 6, 1)

    def forward(self, h: int, x: torch.Tensor):
        return self.conv(x.view(2, 6, h, h))

class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(10, 4)

    def forward(self, token_ids: torch.Tensor, mask: torch.Tensor | None = None):
        return self.table(token_ids)

class Inner(Base):
    def forward(self, **kwargs):
        return super().forward(**kwargs)

grid, inner = Grid(), Inner()
`);
  expect(inputs(grid as Network)).toEqual(['x (N, 6, height, width)']);
  expect(shapeText((grid as Network).nodes.at(-1)?.shape ?? null)).toBe('(2, 6, h, h)');
  expect(inputs(inner as Network)).toEqual(['token_ids (N, length)']);
});
