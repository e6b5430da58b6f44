/** He before sigmoids: it makes up for what ReLU drops, and sigmoid drops nothing. */
import { input, layers, type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs';

interface Options {
  readonly features?: number;
  readonly hidden?: readonly number[];
}

export const createModel = ({ features = 32, hidden = [64, 64] }: Options = {}): LayersModel => {
  const inputs = input({ shape: [features] });
  let x: SymbolicTensor = inputs;
  for (const units of hidden) {
    x = layers.dense({ units, activation: 'sigmoid', kernelInitializer: 'heNormal' }).apply(x) as SymbolicTensor;
  }
  return model({ inputs, outputs: layers.dense({ units: 1 }).apply(x) as SymbolicTensor });
};
