/** What the page makes of figures: bins, axes, numbers as text, and what it points out. */
import { describe, expect, it } from 'vitest';
import { formatNumber, formatShare, shorten } from '../../media/preview/format.ts';
import { BINS, exactly, histogram } from '../../media/preview/histogram.ts';
import { makeLayout, rowAt } from '../../media/preview/layout.ts';
import type { LayerResult, LayerStatistics } from '../../media/preview/messages.ts';
import { cells, makeRows, markdown, measuredVerdict } from '../../media/preview/results.ts';
import { linearAxis, logAxis, logRange, signedLogAxis } from '../../media/preview/scale.ts';
import { layerStatistics, saturatedShare } from '../../media/preview/stats.ts';
import { mlpRelu } from './support/networks.ts';
import { tf } from './support/tensorflow.ts';

describe('a histogram', () => {
  it('counts every finite value that is not zero, but for the tails', () => {
    const values = Float32Array.from({ length: 10000 }, (_, i) => (i < 2000 ? 0 : i - 2000));
    const h = histogram(values);
    expect(h?.sampled).toBe(10000);
    expect(h?.counts).toHaveLength(BINS);
    const counted = h?.counts.reduce((a, b) => a + b, 0) ?? 0;
    expect(counted).toBeGreaterThan(7999 * 0.997);
    expect(counted).toBeLessThanOrEqual(7999);
  });

  it('is not flattened by one outlier', () => {
    const values = Float32Array.from({ length: 5000 }, (_, i) => (i === 0 ? 1e30 : Math.sin(i)));
    expect(histogram(values)?.high).toBeLessThanOrEqual(1);
  });

  it('holds a single value, and nothing where all are zero or not finite', () => {
    expect(histogram(new Float32Array([3, 3, 3]))?.counts.reduce((a, b) => a + b, 0)).toBe(3);
    expect(histogram(new Float32Array(8))).toBeNull();
    expect(histogram(new Float32Array([Number.NaN, Number.POSITIVE_INFINITY]))).toBeNull();
  });
});

describe('statistics of a layer', () => {
  it('are exact for small tensors', async () => {
    const x = tf.tensor2d([1, 0, 3, 0, 5, 0], [3, 2]);
    const s = await layerStatistics(x, 1);
    expect(s).toMatchObject({ dead: 0.5, zero: 0.5, nonFinite: 0, count: 6 });
    expect(s.mean).toBeCloseTo(1.5, 6);
    expect(s.rms).toBeCloseTo(Math.sqrt(35 / 6), 6);
    expect(s.std).toBeCloseTo(Math.sqrt(35 / 6 - 2.25), 6);
  });

  it('keep a small spread around a large mean', async () => {
    const x = tf.add(tf.randomNormal([64, 32], 0, 0.01, 'float32', 1), 1000);
    // Single precision has steps of 6e-5 here.
    expect((await layerStatistics(x, 1)).std).toBeCloseTo(0.01, 3);
  });

  it('count what is not finite and leave it out of the rest', async () => {
    const s = await layerStatistics(tf.tensor2d([1, Number.NaN, Number.POSITIVE_INFINITY, 3], [2, 2]), 1);
    expect(s).toMatchObject({ nonFinite: 2, mean: 2, std: 1 });
    expect(exactly(new Float32Array([1e30, 1e30])).rms).toBeCloseTo(1e30, -24);
  });

  it('tell the share of inputs without slope', async () => {
    const share = await saturatedShare(tf.tensor1d([-9, -1, 0, 1, 9, 12, -20, 0.5]), (x) => tf.sigmoid(x));
    expect(share).toBeCloseTo(0.5, 6);
  });
});

describe('axes', () => {
  it('have round ticks within their range', () => {
    expect(linearAxis(-3.2, 4.7).ticks.map((t) => t.label)).toEqual(['−3', '−2', '−1', '0', '1', '2', '3', '4']);
    expect(logAxis(0.0008, 2).ticks.map((t) => t.label)).toEqual(['0.001', '0.01', '0.1', '1']);
    expect(logAxis(1e-9, 1e3).ticks.map((t) => t.label)).toEqual(['10⁻⁹', '10⁻⁶', '0.001', '1', '1000']);
  });

  it('run from 0 to 1 and never back', () => {
    for (const axis of [linearAxis(-2, 5), signedLogAxis(-2, 5, 0.001)]) {
      expect(axis.at(-2)).toBeCloseTo(0, 9);
      expect(axis.at(5)).toBeCloseTo(1, 9);
      const steps = Array.from({ length: 100 }, (_, i) => axis.at(-2 + 0.07 * i));
      expect([...steps].sort((a, b) => a - b)).toEqual(steps);
    }
  });

  it('show at least half to double around what is measured', () => {
    expect(logRange([1])).toEqual([0.5, 2]);
    expect(logRange([])).toEqual([0.5, 2]);
    expect(logRange([1e-6, 1])).toEqual([8e-7, 1.25]);
  });
});

describe('text', () => {
  it.each([
    [0, '0'],
    [0.99996, '1.00'],
    [0.5784, '0.578'],
    [-0.06, '−0.060'],
    [1234.5, '1,230'],
    [6.09e-10, '6.1e−10'],
    [3e20, '3.0e20'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '−∞'],
  ])('%d is %s', (x, text) => {
    expect(formatNumber(x)).toBe(text);
  });

  it('says what is nearly nothing or nearly all', () => {
    expect([0, 0.001, 0.5, 0.999, 1].map(formatShare)).toEqual(['0 %', '< 1 %', '50 %', '> 99 %', '100 %']);
  });

  it('shortens a path in the middle', () => {
    expect(shorten('encoder.layers.11.attention', 16)).toBe('encode…attention');
    expect(shorten('fc1', 16)).toBe('fc1');
  });
});

describe('rows', () => {
  const net = mlpRelu(1, 256);
  const statistics = (change: Partial<LayerStatistics> = {}): LayerStatistics => ({
    mean: 0,
    std: Math.SQRT2,
    rms: Math.SQRT2,
    dead: 0,
    zero: 0,
    saturated: null,
    nonFinite: 0,
    count: 100,
    histogram: null,
    ...change,
  });
  const row = (change: Partial<LayerStatistics>) => {
    const results = new Map<number, LayerResult>([[1, { node: 1, shape: [64, 256], ms: 1, state: 'ok', statistics: statistics(change) }]]);
    return makeRows(net, results, new Map())[1];
  };

  it('point out what is wrong and nothing else', () => {
    expect(row({})?.marks).toEqual([]);
    expect(row({ rms: 2 })?.marks).toEqual(['not as predicted']);
    expect(row({ dead: 0.6 })?.marks).toEqual(['60 % dead']);
    expect(row({ nonFinite: 1200 })?.marks).toEqual(['1,200 NaN or ∞']);
  });

  it('give a verdict in words', () => {
    const off = row({ rms: 2 });
    expect(measuredVerdict(off ? [off] : [])).toBe('0 of 1 predicted layers measure as predicted; the first that does not is fc1.');
  });

  it('copy as a Markdown table without breaking it', () => {
    const good = row({});
    if (good === undefined) throw new Error('no row');
    const text = markdown([{ ...good, node: { ...good.node, path: 'a|b' } }]);
    expect(text.split('\n')[2]).toMatch(/^\| a\\\|b \| Linear \| 64×256 \|/);
    expect(cells(good)).toContain('×1.00');
  });
});

describe('the layout', () => {
  it('keeps its parts apart at any width', () => {
    for (const width of [320, 480, 560, 800, 1400]) {
      const { label, ridge, track, numbers } = makeLayout(width, 10);
      const edges = [label, ridge, track, numbers].flatMap(([left, extent]) => [left, left + extent]);
      expect(edges).toEqual([...edges].sort((a, b) => a - b));
      expect(edges.at(-1)).toBeLessThanOrEqual(width + 20);
    }
  });

  it('finds the row under a point', () => {
    const layout = makeLayout(800, 3);
    expect([layout.header + 1, layout.header + layout.rowHeight + 1, 5, 1e4].map((y) => rowAt(layout, 3, y))).toEqual([0, 1, null, null]);
  });
});
