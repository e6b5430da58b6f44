/** What torch calls the things that a fix writes in this file, and how it spells a recommendation as a call or as a formula. */
import type { Recommendation } from '../../network/intent.ts';
import type { Parameter } from '../../network/network.ts';
import { equalScalar, isNumber } from '../../network/scalar.ts';
import type { SourceModule } from '../../syntax/ast.ts';
import { importsOf } from '../../syntax/locate.ts';
import { resolve } from '../../text/span.ts';
import type { TextEdit } from '../fix.ts';
import { hasFormula, limitOf, titleOf } from '../shared/recommended.ts';

export interface Names {
  /** Text of `torch.nn`, `torch.nn.init` and `math` in this file. */
  readonly nn: string;
  readonly init: string;
  readonly math: string;
  /** Imports to add for those that the file does not have. */
  readonly needs: { readonly nn: boolean; readonly math: boolean };
}

/** Dotted path → text, from the imports that bind in the whole file. */
export const namesOf = (module: SourceModule): Names => {
  const bound = new Map<string, string>();
  const bind = (path: string, text: string): void => {
    if (!bound.has(path)) bound.set(path, text);
  };
  for (const { statement, topLevel } of importsOf(module)) {
    if (!topLevel) continue;
    if (statement.kind === 'import')
      for (const { module: path, alias } of statement.modules) {
        if (alias) bind(path, alias);
        else {
          bind(path, path);
          bind(path.split('.')[0] as string, path.split('.')[0] as string);
        }
      }
    else if (statement.level === 0)
      for (const { name, alias } of statement.names) if (name !== '*') bind(`${statement.module}.${name}`, alias ?? name);
  }
  const torch = bound.get('torch');
  const nn = bound.get('torch.nn') ?? (torch ? `${torch}.nn` : undefined);
  const init = bound.get('torch.nn.init') ?? `${nn ?? 'nn'}.init`;
  const math = bound.get('math');
  return {
    nn: nn ?? 'nn',
    init,
    math: math ?? 'math',
    needs: { nn: nn === undefined && !bound.has('torch.nn.init'), math: math === undefined },
  };
};

/** Edits that add the imports a text needs. */
export const importEdits = (module: SourceModule, names: Names, texts: readonly string[]): TextEdit[] => {
  const uses = (name: string): boolean => texts.some((t) => t.includes(`${name}.`));
  const lines = [
    ...(names.needs.math && uses(names.math) ? ['import math'] : []),
    ...(names.needs.nn && uses(names.nn) ? ['import torch.nn as nn'] : []),
  ];
  if (lines.length === 0) return [];
  const first = importsOf(module).find(
    ({ statement, topLevel }) => topLevel && !(statement.kind === 'importFrom' && statement.module === '__future__'),
  );
  const at = first ? resolve(first.statement.span).start : 0;
  return [{ file: module.file, start: at, end: at, text: `${lines.join('\n')}\n` }];
};

export const figure = (x: number): string => {
  const text = String(Number(x.toPrecision(6)));
  return text.includes('.') || text.includes('e') ? text : `${text}.0`;
};

const TITLES: Readonly<Record<Recommendation['family'], string>> = {
  he: 'He',
  glorot: 'Glorot',
  lecun: 'LeCun',
  orthogonal: 'orthogonal',
  variance: 'variance scaling',
  fixed: 'fixed',
  identity: 'identity',
  zeros: 'zeros',
};

/** 'He normal', '4 × Glorot uniform', 'variance scaling normal with gain 1.534'. */
export const nameOf = (to: Recommendation): string => {
  if (to.family === 'zeros') return 'zeros';
  if (to.family === 'fixed') return titleOf(to);
  const gain = Number(to.gain.toPrecision(4));
  if (to.family === 'orthogonal') return `orthogonal with gain ${gain}`;
  if (to.family === 'identity') return gain === 1 ? 'identity' : `identity with gain ${gain}`;
  const plain = `${TITLES[to.family]} ${to.law === 'uniform' ? 'uniform' : 'normal'}`;
  if (to.family === 'variance') return `${plain} with gain ${gain}`;
  return gain === 1 ? plain : `${gain} × ${plain}`;
};

/** The mode under which torch's fan of this tensor is the one that the recommendation means. */
const modeOf = (to: Recommendation, param: Parameter): 'fan_in' | 'fan_out' => {
  const { fanIn, fanOut } = param.frameworkFans;
  const wanted = to.mode === 'fanOut' ? param.fanOut : param.fanIn;
  if (wanted !== null && fanIn !== null && fanOut !== null && !equalScalar(fanIn, wanted) && equalScalar(fanOut, wanted)) return 'fan_out';
  const other = to.mode === 'fanOut' && wanted !== null && fanIn !== null && equalScalar(fanIn, wanted);
  return to.mode === 'fanOut' && !other ? 'fan_out' : 'fan_in';
};

/** Whether torch's fan is what the layer really sums over: not for transposed convolutions with a stride. */
export const fansAgree = (to: Recommendation, param: Parameter): boolean => {
  const wanted = to.mode === 'fanOut' ? param.fanOut : param.fanIn;
  const { fanIn, fanOut } = param.frameworkFans;
  if (wanted === null || fanIn === null || fanOut === null || to.mode === 'fanOut') return true;
  return equalScalar(wanted, fanIn) || equalScalar(wanted, fanOut);
};

export interface Spelled {
  /** Function of torch.nn.init that draws. */
  readonly fn: string;
  readonly lines: readonly string[];
}

/** One call of torch.nn.init; undefined where none says it. */
export const asCall = (to: Recommendation, target: string, param: Parameter, names: Names): Spelled | undefined => {
  const law = to.law === 'uniform' ? 'uniform' : 'normal';
  const mode = modeOf(to, param) === 'fan_out' ? ", mode='fan_out'" : '';
  const one = (fn: string, rest: string): Spelled => ({ fn, lines: [`${names.init}.${fn}(${target}${rest})`] });
  if (to.family === 'zeros') return one('zeros_', '');
  if (to.family === 'fixed') {
    return law === 'uniform' ? one('uniform_', `, -${limitOf(to)}, ${limitOf(to)}`) : one('normal_', `, std=${figure(to.gain)}`);
  }
  // `eye_` takes matrices, `dirac_` kernels; neither has a gain.
  if (to.family === 'identity') return to.gain === 1 ? one(param.shape?.length === 2 ? 'eye_' : 'dirac_', '') : undefined;
  if (!fansAgree(to, param)) return undefined;
  switch (to.family) {
    case 'he':
      if (Math.abs(to.gain - 1) > 1e-9) return undefined;
      return one(
        `kaiming_${law}_`,
        to.slope === 0 ? `${mode}, nonlinearity='relu'` : `, a=${figure(to.slope)}${mode}, nonlinearity='leaky_relu'`,
      );
    case 'glorot':
      return one(`xavier_${law}_`, to.gain === 1 ? '' : `, gain=${figure(to.gain)}`);
    case 'lecun':
      if (Math.abs(to.gain - 1) > 1e-9) return undefined;
      return one(`kaiming_${law}_`, `${mode}, nonlinearity='linear'`);
    case 'orthogonal':
      return one(
        'orthogonal_',
        to.gain === 1 ? '' : `, gain=${Math.abs(to.gain - Math.SQRT2) < 1e-9 ? `${names.init}.calculate_gain('relu')` : figure(to.gain)}`,
      );
    case 'variance': {
      const fan = `${names.init}._calculate_fan_in_and_fan_out(${target})[${modeOf(to, param) === 'fan_out' ? 1 : 0}]`;
      return law === 'normal' ? one('normal_', `, std=${figure(to.gain)} * ${fan} ** -0.5`) : undefined;
    }
  }
};

/** The same draw with its formula spelled out. */
export const asFormula = (to: Recommendation, target: string, param: Parameter, names: Names): Spelled | undefined => {
  if (!hasFormula(to)) return undefined;
  const uniform = to.law === 'uniform';
  const { math, init } = names;
  const factor = Math.abs(to.gain - 1) < 1e-9 ? '' : `${figure(to.gain)} * `;
  const fans = (): { lines: string[]; fan: string } => {
    if (!fansAgree(to, param) && isNumber(param.fanIn ?? null)) return { lines: [`fan_in = ${param.fanIn}`], fan: 'fan_in' };
    const out = modeOf(to, param) === 'fan_out';
    const lines = [
      `${to.family === 'glorot' ? 'fan_in, fan_out' : out ? '_, fan' : 'fan_in, _'} = ${init}._calculate_fan_in_and_fan_out(${target})`,
    ];
    return { lines, fan: to.family === 'glorot' ? '(fan_in + fan_out)' : out ? 'fan' : 'fan_in' };
  };
  const { lines, fan } = fans();
  // Var = numerator/fan; the limit of a uniform law is √3 times the standard deviation.
  const variance = to.family === 'he' ? 2 : to.family === 'glorot' ? 2 : 1;
  const slope = to.family === 'he' && to.slope !== 0 ? `(1 + ${figure(to.slope)} ** 2)` : '';
  const under = slope ? `(${slope} * ${fan})` : fan;
  const root = `${factor}${math}.sqrt(${uniform ? 3 * variance : variance} / ${under})`;
  return uniform
    ? { fn: 'uniform_', lines: [...lines, `bound = ${root}`, `${init}.uniform_(${target}, -bound, bound)`] }
    : { fn: 'normal_', lines: [...lines, `std = ${root}`, `${init}.normal_(${target}, 0.0, std)`] };
};
