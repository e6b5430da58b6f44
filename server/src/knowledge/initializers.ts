/** The canonical initializer families: what each draws, the formula shown to people, and who proposed it. */
import type { Distribution, Law } from '../network/distribution.ts';
import { add, div, type Scalar, scalarOp } from '../network/scalar.ts';

/** What a family needs; what it does not use may be left out. */
export interface InitializerSetting {
  readonly fanIn: Scalar;
  readonly fanOut: Scalar;
  /** Multiplies the std. */
  readonly gain?: Scalar;
  /** Rows and columns of the matrix that an orthogonal or identity initializer sees. */
  readonly rows?: Scalar;
  readonly columns?: Scalar;
  readonly value?: Scalar;
  readonly low?: Scalar;
  readonly high?: Scalar;
  readonly mean?: Scalar;
  readonly std?: Scalar;
  readonly density?: Scalar;
  readonly groups?: number;
  readonly receptive?: Scalar;
}

export interface Initializer {
  readonly name: string;
  readonly title: string;
  /** Unicode: the law that the elements follow. */
  readonly formula: string;
  /** Std of one element. */
  readonly std: string;
  readonly citation: string;
  readonly distribution: (s: InitializerSetting) => Distribution;
}

const HE = 'He, Zhang, Ren & Sun 2015, arXiv:1502.01852';
const GLOROT = 'Glorot & Bengio 2010, AISTATS';
const LECUN = 'LeCun, Bottou, Orr & Müller 1998, Efficient BackProp';
const NONE = 'Goodfellow, Bengio & Courville 2016, Deep Learning, §8.4';

const square = (x: Scalar): Scalar => scalarOp('*', x, x);

const scaled =
  (scale: number, mode: 'fanIn' | 'fanAvg', law: Law) =>
  (s: InitializerSetting): Distribution => ({
    kind: 'varianceScaling',
    scale: scalarOp('*', scale, square(s.gain ?? 1)),
    fan: mode === 'fanIn' ? s.fanIn : div(add(s.fanIn, s.fanOut), 2),
    mode,
    law,
    corrected: true,
  });

const ROWS: readonly Initializer[] = [
  { name: 'zeros', title: 'zeros', formula: '0', std: '0', citation: NONE, distribution: () => ({ kind: 'constant', value: 0 }) },
  { name: 'ones', title: 'ones', formula: '1', std: '0', citation: NONE, distribution: () => ({ kind: 'constant', value: 1 }) },
  {
    name: 'constant',
    title: 'constant',
    formula: 'c',
    std: '0',
    citation: NONE,
    distribution: (s) => ({ kind: 'constant', value: s.value ?? 0 }),
  },
  {
    name: 'uniform',
    title: 'uniform',
    formula: 'U(a, b)',
    std: '(b − a)/√12',
    citation: NONE,
    distribution: (s) => ({ kind: 'uniform', low: s.low ?? 0, high: s.high ?? 1 }),
  },
  {
    name: 'normal',
    title: 'normal',
    formula: 'N(μ, σ²)',
    std: 'σ',
    citation: NONE,
    distribution: (s) => ({ kind: 'normal', mean: s.mean ?? 0, std: s.std ?? 1 }),
  },
  {
    name: 'truncatedNormal',
    title: 'truncated normal',
    formula: 'N(μ, σ²) cut to [a, b]',
    std: '0.8796·σ when cut at ±2σ',
    citation: 'Johnson, Kotz & Balakrishnan 1994, Continuous Univariate Distributions 1, §10.1',
    distribution: (s) => ({
      kind: 'truncatedNormal',
      mean: s.mean ?? 0,
      std: s.std ?? 1,
      low: s.low ?? scalarOp('-', s.mean ?? 0, scalarOp('*', 2, s.std ?? 1)),
      high: s.high ?? add(s.mean ?? 0, scalarOp('*', 2, s.std ?? 1)),
    }),
  },
  {
    name: 'heUniform',
    title: 'He uniform',
    formula: 'U(±√(6/fan_in))',
    std: '√(2/fan_in)',
    citation: HE,
    distribution: scaled(2, 'fanIn', 'uniform'),
  },
  {
    name: 'heNormal',
    title: 'He normal',
    formula: 'N(0, 2/fan_in)',
    std: '√(2/fan_in)',
    citation: HE,
    distribution: scaled(2, 'fanIn', 'normal'),
  },
  {
    name: 'glorotUniform',
    title: 'Glorot uniform',
    formula: 'U(±√(6/(fan_in + fan_out)))',
    std: '√(2/(fan_in + fan_out))',
    citation: GLOROT,
    distribution: scaled(1, 'fanAvg', 'uniform'),
  },
  {
    name: 'glorotNormal',
    title: 'Glorot normal',
    formula: 'N(0, 2/(fan_in + fan_out))',
    std: '√(2/(fan_in + fan_out))',
    citation: GLOROT,
    distribution: scaled(1, 'fanAvg', 'normal'),
  },
  {
    name: 'lecunUniform',
    title: 'LeCun uniform',
    formula: 'U(±√(3/fan_in))',
    std: '√(1/fan_in)',
    citation: LECUN,
    distribution: scaled(1, 'fanIn', 'uniform'),
  },
  {
    name: 'lecunNormal',
    title: 'LeCun normal',
    formula: 'N(0, 1/fan_in)',
    std: '√(1/fan_in)',
    citation: `${LECUN}; Klambauer et al. 2017, arXiv:1706.02515`,
    distribution: scaled(1, 'fanIn', 'normal'),
  },
  {
    name: 'varianceScaling',
    title: 'variance scaling',
    formula: 'Var = scale/fan',
    std: '√(scale/fan)',
    citation: `${HE}; ${GLOROT}`,
    distribution: scaled(1, 'fanIn', 'truncatedNormal'),
  },
  {
    name: 'orthogonal',
    title: 'orthogonal',
    formula: 'gain·Q, QᵀQ = I',
    std: 'gain/√max(rows, columns)',
    citation: 'Saxe, McClelland & Ganguli 2014, arXiv:1312.6120',
    distribution: (s) => ({ kind: 'orthogonal', gain: s.gain ?? 1, rows: s.rows ?? s.fanOut, columns: s.columns ?? s.fanIn }),
  },
  {
    name: 'identity',
    title: 'identity',
    formula: 'gain·I',
    std: 'gain·√(p(1 − p)), p = 1/max(rows, columns)',
    citation: 'Le, Jaitly & Hinton 2015, arXiv:1504.00941',
    distribution: (s) => ({ kind: 'identity', gain: s.gain ?? 1, rows: s.rows ?? s.fanOut, columns: s.columns ?? s.fanIn }),
  },
  {
    name: 'dirac',
    title: 'Dirac',
    formula: '1 at the centre tap from channel i to i',
    std: '√(p(1 − p)), p = share of ones',
    citation: 'Zagoruyko & Komodakis 2017, arXiv:1706.00388',
    distribution: (s) => ({
      kind: 'dirac',
      groups: s.groups ?? 1,
      inChannels: div(s.fanIn, s.receptive ?? 1),
      outChannels: div(s.fanOut, s.receptive ?? 1),
      receptive: s.receptive ?? 1,
    }),
  },
  {
    name: 'sparse',
    title: 'sparse',
    formula: 'N(0, σ²) on a share d of each column',
    std: 'σ√d',
    citation: 'Martens 2010, ICML',
    distribution: (s) => ({ kind: 'sparse', density: s.density ?? 1, std: s.std ?? 0.01 }),
  },
];

export const INITIALIZERS: ReadonlyMap<string, Initializer> = new Map(ROWS.map((r) => [r.name, r]));
