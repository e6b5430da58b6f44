/** Reads the calls of the golden files (`layers.Dense(10, activation='relu')`) and gives the moments of a distribution. */
import type { Args, Value } from '../../../server/src/interpreter/values.ts';
import { bool, float, int, NONE, str, tuple } from '../../../server/src/interpreter/values.ts';
import type { Distribution } from '../../../server/src/network/distribution.ts';
import type { Scalar } from '../../../server/src/network/scalar.ts';

const splitTop = (text: string): string[] => {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (quote) {
      if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((p) => p.trim()).filter(Boolean);
};

const literal = (text: string): Value => {
  if (text === 'None') return NONE;
  if (text === 'True' || text === 'False') return bool(text === 'True');
  if (text.startsWith('(')) return tuple(splitTop(text.slice(1, -1)).map(literal));
  if (text.startsWith('"') || text.startsWith("'")) return str(text.slice(1, -1));
  return /[.e]/.test(text) ? float(Number(text)) : int(Number(text));
};

/** Arguments of a call written with literals. */
export const pythonArgs = (call: string): Args => {
  const positional: Value[] = [];
  const keywords = new Map<string, Value>();
  for (const part of splitTop(call.slice(call.indexOf('(') + 1, call.lastIndexOf(')')))) {
    const keyword = /^(\w+)\s*=\s*(.*)$/s.exec(part);
    if (keyword) keywords.set(keyword[1] as string, literal(keyword[2] as string));
    else positional.push(literal(part));
  }
  return { positional, keywords, open: false };
};

const num = (x: Scalar): number => {
  if (typeof x !== 'number') throw new Error(`${x.text} is not a number`);
  return x;
};

const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** Φ(x), by the trapezoid rule: exact to 1e-12 on the range used here. */
const cumulative = (x: number): number => {
  const from = -9;
  const n = 20_000;
  const h = (x - from) / n;
  let sum = (density(from) + density(x)) / 2;
  for (let i = 1; i < n; i++) sum += density(from + i * h);
  return sum * h;
};

/** Mean and standard deviation by the closed forms of THEORY §1, written apart from the engine's. */
export const stdOf = (d: Distribution): { mean: number; std: number } => {
  switch (d.kind) {
    case 'constant':
      return { mean: num(d.value), std: 0 };
    case 'uniform':
      return { mean: (num(d.low) + num(d.high)) / 2, std: (num(d.high) - num(d.low)) / Math.sqrt(12) };
    case 'normal':
      return { mean: num(d.mean), std: num(d.std) };
    case 'truncatedNormal': {
      const sigma = num(d.std);
      const a = (num(d.low) - num(d.mean)) / sigma;
      const b = (num(d.high) - num(d.mean)) / sigma;
      const z = cumulative(b) - cumulative(a);
      const shift = (density(a) - density(b)) / z;
      return { mean: num(d.mean) + sigma * shift, std: sigma * Math.sqrt(1 + (a * density(a) - b * density(b)) / z - shift * shift) };
    }
    case 'varianceScaling':
      return { mean: 0, std: Math.sqrt(num(d.scale) / num(d.fan)) };
    case 'orthogonal':
      return { mean: 0, std: num(d.gain) / Math.sqrt(Math.max(num(d.rows), num(d.columns))) };
    case 'identity': {
      const share = Math.min(num(d.rows), num(d.columns)) / (num(d.rows) * num(d.columns));
      return { mean: num(d.gain) * share, std: num(d.gain) * Math.sqrt(share * (1 - share)) };
    }
    default:
      throw new Error(`no closed form for ${d.kind}`);
  }
};
