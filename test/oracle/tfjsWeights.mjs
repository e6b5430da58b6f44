// Weights of TensorFlow.js's models: their paths as `inspect` spells them, and the moments of their values.

/** The layers inside a wrapper; of cells on top of each other the stack comes first. */
const innerLayers = (layer) => {
  const cell = layer.cell && !/^(LSTM|GRU|SimpleRNN)$/.test(layer.getClassName()) ? [layer.cell] : [];
  const cells = layer.cell?.cells ?? [];
  return [...(layer.layer ? [layer.layer] : []), ...(layer.forwardLayer ? [layer.forwardLayer] : []), ...cell, ...cells];
};

/** tfjs-layers numbers layers over the whole process: numbers of one model count from one. */
const renumbered = (names) => {
  const pattern = /_([A-Z]\w*?)(\d+)(?=\/|$)/g;
  const numbers = new Map();
  for (const name of names)
    for (const [, cls, number] of name.matchAll(pattern)) numbers.set(cls, new Set([...(numbers.get(cls) ?? []), Number(number)]));
  const place = (cls, number) => [...numbers.get(cls)].sort((a, b) => a - b).indexOf(Number(number)) + 1;
  return (name) => name.replace(pattern, (_, cls, number) => `_${cls}${place(cls, number)}`);
};

/** How the weights of a model are called, and by what other names. */
export const namesIn = (model) => {
  const spelled = renumbered(model.layers.flatMap((layer) => [layer, ...innerLayers(layer)]).map((layer) => layer.name));
  const pathOf = ({ layer, weight }) => {
    // A model may hold one that is loaded again under another name: the layer's own counts.
    const own = weight.originalName.split('/').slice(1);
    return [spelled(layer.name), ...own.map(spelled)].join('/');
  };
  /** Wrappers leave out the names of what they hold; `inspect` has them. */
  const aliasesOf = ({ layer, weight }) => {
    const own = weight.originalName.split('/').at(-1);
    const place = Number(/RNNCell_(\d+)/.exec(weight.originalName)?.[1] ?? 0);
    const inner = innerLayers(layer);
    const within = layer.cell?.cells
      ? [inner[0], layer.cell.cells[place]]
      : inner.length > 0
        ? [inner.at(layer.forwardLayer ? -1 : 0)]
        : [];
    return within.length > 0
      ? [
          [layer, ...within]
            .map(({ name }) => spelled(name))
            .concat(own)
            .join('/'),
        ]
      : [];
  };
  return { pathOf, aliasesOf };
};

/** What a function or class made: the model, or an object that holds it. */
export const modelOf = (built) => (built.layers ? built : built.model);

export const momentsOf = (values) => {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  let [second, fourth] = [0, 0];
  for (const x of values) {
    second += (x - mean) ** 2;
    fourth += (x - mean) ** 4;
  }
  const variance = second / n;
  return { count: n, mean, std: Math.sqrt(variance), kurtosis: variance > 0 ? fourth / n / variance ** 2 : null };
};
