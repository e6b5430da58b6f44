/** What annotations name. They are read, never run: one that is not understood names nothing. */
import type { Expr } from '../syntax/ast.ts';
import { evaluate } from './expressions.ts';
import type { Machine } from './machine.ts';
import { lookup } from './scope.ts';
import type { ClassValue, FunctionValue, Scope, Value } from './values.ts';

/** Names of typing that stand for what is in their brackets. */
const TRANSPARENT: ReadonlySet<string> = new Set(['Optional', 'Union', 'Annotated']);

const items = (index: Expr): readonly Expr[] => (index.kind === 'tuple' ? index.items : [index]);

/** `C`, `'C'`, `pkg.C`, `C | None`, `Optional[C]`, `Union[C, D]`; of `list[C]` the list. What it names and is not known is unknown. */
export const namedIn = (m: Machine, annotation: Expr, scope: Scope): readonly Value[] => {
  switch (annotation.kind) {
    case 'string': {
      const value = /^\w+$/.test(annotation.value) ? lookup(m, scope, annotation.value) : undefined;
      return value ? [value] : [];
    }
    case 'name': {
      const value = lookup(m, scope, annotation.id);
      return value ? [value] : [];
    }
    case 'attribute':
      return [evaluate(m, annotation, scope)];
    case 'binary':
      return annotation.op === '|' ? [annotation.left, annotation.right].flatMap((side) => namedIn(m, side, scope)) : [];
    case 'subscript': {
      const [of] = namedIn(m, annotation.object, scope);
      if (of?.kind !== 'native' || !TRANSPARENT.has(of.name)) return of ? [of] : [];
      return items(annotation.index).flatMap((one) => namedIn(m, one, scope));
    }
    default:
      return [];
  }
};

/** The class that an annotation names. */
export const annotatedClass = (m: Machine, annotation: Expr, scope: Scope): ClassValue | undefined =>
  namedIn(m, annotation, scope).find((value) => value.kind === 'class');

/** What the annotation of a parameter names; undefined where it has none. */
export const annotationOf = (m: Machine, fn: FunctionValue, name: string): readonly Value[] | undefined => {
  const annotation = fn.params.find((param) => param.name === name)?.annotation;
  return annotation ? namedIn(m, annotation, fn.scope) : undefined;
};
