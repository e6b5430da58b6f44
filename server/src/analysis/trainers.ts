/**
 * Functions of a file that train a model they are given and that nobody calls: `train(model, loader)`. Which model is meant, its
 * parameter's name says, or that there is only one.
 */
import type { FunctionValue } from '../interpreter/values.ts';
import type { SourceModule } from '../syntax/ast.ts';
import { resolve } from '../text/span.ts';
import type { TopFunction } from './entries.ts';

export interface Trainer {
  readonly fn: TopFunction & { readonly value: FunctionValue };
  /** The parameter that takes the model. */
  readonly param: string;
}

/** What a text that trains speaks of; running it says whether it does. */
const TRAINS = /loss|criterion|objective|entropy|backward|optimi[sz]er|\.compile\(|\.fit\(/i;

const ANY_MODEL = /^(model|net|network|nn_model|neural_net|my_model|state|train_state)$/i;

const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();

export const textOf = (source: SourceModule, { statement }: Pick<TopFunction, 'statement'>): string => {
  const { start, end } = resolve(statement.span);
  return source.text.slice(start, end);
};

const isTrainer = (fn: TopFunction): fn is Trainer['fn'] => fn.value.kind === 'function';

/** Functions that ask for something and speak of training. */
export const mayTrain = (source: SourceModule, functions: readonly TopFunction[]): readonly Trainer['fn'][] =>
  functions.filter(isTrainer).filter((fn) => fn.value.params.some((p) => p.default === null) && TRAINS.test(textOf(source, fn)));

/** Of these functions, those that train a model which is called `names`, or any model where there is but one. */
export const trainersOf = (functions: readonly Trainer['fn'][], names: readonly string[], alone: boolean): readonly Trainer[] =>
  functions.flatMap((fn): Trainer[] => {
    const required = fn.value.params.filter((p) => p.default === null && p.kind !== 'varArgs' && p.kind !== 'varKeywords');
    const own = required.find((p) =>
      names.some((name) => plain(name) === plain(p.name) || (p.annotation?.kind === 'name' && p.annotation.id === name)),
    );
    const any = required.filter((p) => ANY_MODEL.test(p.name));
    const param = own ?? (alone && any.length === 1 ? any[0] : undefined);
    return param ? [{ fn, param: param.name }] : [];
  });

/** Whether a function asks for its model instead of making one. */
export const takesModel = (fn: TopFunction): boolean =>
  fn.value.kind === 'function' && fn.value.params.some((p) => p.default === null && ANY_MODEL.test(p.name));
