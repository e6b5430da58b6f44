// Compares what `inspect` says of a model with what a real framework was seen to hold (form of a dump: oracle.py).

/** Deviations in standard errors that count as sampling; at 5 one value in two million deviates further. */
const ERRORS = 5;
/** What rounding and float32 may add. */
const RELATIVE = 2e-4;
const ABSOLUTE = 1e-7;

/** How far a measured std may lie from the true one: its standard error is σ·√((κ − 1)/4n). */
export const stdTolerance = ({ count, std, kurtosis }) => {
  const spread = Math.sqrt(Math.max(0.05, (kurtosis ?? 1) - 1) / (4 * Math.max(1, count)));
  return std * (ERRORS * spread + RELATIVE) + ABSOLUTE;
};

/** And a measured mean: σ/√n. */
export const meanTolerance = ({ count, std, mean }) =>
  (ERRORS * std) / Math.sqrt(Math.max(1, count)) + Math.abs(mean) * RELATIVE + ABSOLUTE;

const isKnown = (x) => typeof x === 'number';

const outcome = (known, right) => (known ? (right ? 'right' : 'wrong') : 'unknown');

const shapeOutcome = (told, real) => {
  if (!Array.isArray(told)) return 'unknown';
  if (told.length !== real.length || told.some((size, i) => isKnown(size) && size !== real[i])) return 'wrong';
  return outcome(told.every(isKnown), true);
};

const fansOutcome = (told, real) => {
  if (real.fanIn === null && real.fanOut === null) return null;
  const known = [
    [told.fanIn, real.fanIn],
    [told.fanOut, real.fanOut],
  ].filter(([a, b]) => isKnown(a) && b !== null);
  if (known.some(([a, b]) => a !== b)) return 'wrong';
  return outcome(known.length === 2, true);
};

const spreadOutcome = (told, real) => {
  if (real.std === null) return null;
  // A few elements cannot tell a spread: a single draw has none.
  if (real.count < 8 && real.std > 0) return null;
  return outcome(isKnown(told.std), Math.abs(told.std - real.std) <= stdTolerance(real));
};

const meanOutcome = (told, real) => {
  if (real.mean === null) return null;
  return outcome(isKnown(told.mean), Math.abs(told.mean - real.mean) <= meanTolerance(real));
};

const names = (next) => [...new Set(next.map(({ act }) => act))].sort().join(' ');
const norms = (next) => [...(next[0]?.via ?? [])].sort().join(' ');

/** Nodes from which the way on is not known: something not understood is reached before an activation or a weight layer. */
const uncertain = (network) => {
  const STOPS = new Set([
    'dense',
    'conv',
    'convTranspose',
    'bilinear',
    'recurrent',
    'attention',
    'activation',
    'mul',
    'matmul',
    'softmax',
    'glu',
  ]);
  const readers = new Map(network.nodes.map(({ id }) => [id, []]));
  for (const node of network.nodes) for (const input of node.inputs) readers.get(input)?.push(node);
  const unsure = new Set();
  for (const node of [...network.nodes].reverse())
    if (readers.get(node.id).some((reader) => reader.op === 'opaque' || (!STOPS.has(reader.op) && unsure.has(reader.id))))
      unsure.add(node.id);
  return unsure;
};

const nextOutcome = (told, real, network, unsure) => {
  if (real.next === null || real.next === undefined || told.role === 'bias') return null;
  if (told.node === null) return 'unknown';
  if (names(told.next) === names(real.next) && norms(told.next) === norms(real.next)) return 'right';
  return !network.complete || unsure.has(told.node) ? 'unknown' : 'wrong';
};

const shown = (x) => (typeof x === 'number' && !Number.isInteger(x) ? x.toPrecision(4) : JSON.stringify(x));
const spelled = (next) => (next ?? []).map(({ act, via }) => [...via, act].join('>')).join(', ') || 'none';

const compareParameter = (told, real, network, unsure) => {
  const init = told.init;
  const checks = {
    shape: shapeOutcome(told.shape, real.shape),
    fans: real.matrix ? fansOutcome(told, real) : null,
    mean: meanOutcome(init, real),
    std: spreadOutcome(init, real),
    next: real.matrix ? nextOutcome(told, real, network, unsure) : null,
  };
  const says = {
    shape: () => [shown(told.shape), shown(real.shape)],
    fans: () => [`${shown(told.fanIn)}/${shown(told.fanOut)}`, `${real.fanIn}/${real.fanOut}`],
    mean: () => [shown(init.mean), `${shown(real.mean)} ± ${shown(meanTolerance(real))}`],
    std: () => [`${shown(init.std)} (${init.name})`, `${shown(real.std)} ± ${shown(stdTolerance(real))}`],
    next: () => [spelled(told.next), spelled(real.next)],
  };
  const disagreements = Object.entries(checks)
    .filter(([, result]) => result === 'wrong' || result === 'unknown')
    .map(([what, result]) => {
      const [inspected, measured] = says[what]();
      return { path: real.path, what, result, inspected, measured };
    });
  return { checks, disagreements };
};

/**
 * One model. `network` is the network of `inspect` or undefined where there is none. Counts are over weight matrices where the name
 * says so; `stated` and `wrong` are over every value of every parameter.
 */
export const compareModel = (dump, network) => {
  const total = {
    matrices: 0,
    found: 0,
    right: { shape: 0, fans: 0, std: 0 },
    nextKnown: 0,
    nextRight: 0,
    reaching: 0,
    reachingRight: 0,
    others: 0,
    othersFound: 0,
    stated: 0,
    unknown: 0,
    wrong: 0,
    missing: 0,
  };
  const disagreements = [];
  const byPath = new Map((network?.parameters ?? []).map((parameter) => [parameter.path, parameter]));
  const unsure = network ? uncertain(network) : new Set();
  const expected = new Set(dump.others);
  for (const real of dump.parameters) {
    for (const path of [real.path, ...real.aliases]) expected.add(path);
    const told = [real.path, ...real.aliases].map((path) => byPath.get(path)).find((parameter) => parameter !== undefined);
    // A bias with two axes is drawn like a matrix and has no activation of its own.
    const pairs = real.matrix && Array.isArray(real.next) && told?.role !== 'bias';
    const reaching = pairs && real.next.length > 0;
    if (real.matrix) total.matrices++;
    else total.others++;
    if (pairs) total.nextKnown++;
    if (reaching) total.reaching++;
    if (!told) {
      total.missing++;
      disagreements.push({ path: real.path, what: 'parameter', result: 'unknown', inspected: 'missing', measured: shown(real.shape) });
      continue;
    }
    // What stands on one way of an unknown condition, where the model went another way that has something else at this path.
    if (told.conditional && shapeOutcome(told.shape, real.shape) === 'wrong') {
      total.unknown++;
      disagreements.push({
        path: real.path,
        what: 'parameter',
        result: 'unknown',
        inspected: 'stated conditionally',
        measured: shown(real.shape),
      });
      continue;
    }
    const { checks, disagreements: found } = compareParameter(told, real, network, unsure);
    disagreements.push(...found);
    const results = Object.values(checks).filter((result) => result !== null);
    total.stated += results.filter((result) => result !== 'unknown').length;
    total.unknown += results.filter((result) => result === 'unknown').length;
    total.wrong += results.filter((result) => result === 'wrong').length;
    const isFound = ['shape', 'fans', 'mean', 'std'].every((what) => checks[what] === 'right' || checks[what] === null);
    if (!real.matrix) {
      if (isFound) total.othersFound++;
      continue;
    }
    if (isFound) total.found++;
    for (const what of ['shape', 'fans', 'std']) if (checks[what] === 'right' || checks[what] === null) total.right[what]++;
    if (checks.next === 'right') total.nextRight++;
    if (checks.next === 'right' && reaching) total.reachingRight++;
  }
  for (const [path, { conditional }] of byPath) {
    if (expected.has(path)) continue;
    // Said to stand on one way of an unknown condition: the model went the other one.
    if (conditional) {
      total.unknown++;
      disagreements.push({ path, what: 'parameter', result: 'unknown', inspected: 'stated conditionally', measured: 'the model has none' });
      continue;
    }
    total.stated++;
    total.wrong++;
    disagreements.push({ path, what: 'parameter', result: 'wrong', inspected: 'stated', measured: 'the model has none' });
  }
  return { name: dump.name, total, disagreements };
};

/** Sums of totals. */
export const sum = (totals) => {
  const add = (a, b) => (typeof a === 'number' ? a + b : Object.fromEntries(Object.keys(a).map((key) => [key, add(a[key], b[key])])));
  return totals.reduce(add);
};

export const percent = (part, whole) => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);
