/**
 * `import` and `export`. A name that is exported under another one is bound to `export:<name>` beside the module's own names; the
 * default export is called `default`, which no variable can be.
 */
import type { Expr, ImportFromStmt, Stmt } from '../ast.ts';
import { type Context, halfTyped, opaque, spanOf, textOf } from '../context.ts';
import { type CstNode, firstOf, hasToken, named } from '../cst.ts';
import { lowerClass, lowerFunction } from './definitions.ts';
import { lowerExpr, stringValue } from './expressions.ts';
import { lowerStatement, several } from './statements.ts';

type Imported = ImportFromStmt['names'][number];

const sourceOf = (node: CstNode, context: Context): string | undefined => {
  const source = firstOf(node, 'string');
  return source ? stringValue(source, context) : undefined;
};

/** `a`, `a as b`, `default as b`, `'a' as b`, `type A`. */
const specifier = (node: CstNode, context: Context): { readonly name: string; readonly alias: string | null } | undefined => {
  const parts = node.children.filter((child) => !child.token || child.type === 'default');
  if (node.children[0]?.token && node.children[0].type === 'type') return undefined;
  const [name, alias] = parts.map((part) =>
    part.token ? part.type : part.type === 'string' ? stringValue(part, context) : textOf(part, context),
  );
  return name === undefined ? undefined : { name, alias: alias ?? null };
};

const isTypeImport = (node: CstNode): boolean => node.children[1]?.token === true && node.children[1].type === 'type';

export const lowerImport = (node: CstNode, context: Context): Stmt => {
  const span = spanOf(node, context);
  const required = firstOf(node, 'import_require_clause');
  if (required) {
    const name = firstOf(required, 'identifier');
    const module = sourceOf(required, context);
    return name && module !== undefined
      ? { kind: 'import', modules: [{ module, alias: textOf(name, context), span }], span }
      : opaque(node, halfTyped, context);
  }
  const module = sourceOf(node, context);
  const clause = firstOf(node, 'import_clause');
  if (module === undefined) return opaque(node, halfTyped, context);
  if (!clause || isTypeImport(node)) return { kind: 'pass', span };
  const statements: Stmt[] = [];
  const names: Imported[] = [];
  for (const part of named(clause)) {
    if (part.type === 'identifier') names.push({ name: 'default', alias: textOf(part, context), span: spanOf(part, context) });
    else if (part.type === 'namespace_import') {
      const [alias] = named(part);
      if (alias)
        statements.push({ kind: 'import', modules: [{ module, alias: textOf(alias, context), span: spanOf(part, context) }], span });
    } else if (part.type === 'named_imports') {
      for (const item of named(part)) {
        const found = item.type === 'import_specifier' ? specifier(item, context) : undefined;
        if (found) names.push({ ...found, span: spanOf(item, context) });
      }
    }
  }
  if (names.length > 0) statements.push({ kind: 'importFrom', level: 0, module, names, span });
  return several(statements, node, context);
};

const bind = (name: string, value: Expr): Stmt => ({
  kind: 'assign',
  declares: 'let',
  targets: [{ kind: 'name', id: name, span: value.span }],
  annotation: null,
  value,
  span: value.span,
});

/** `export:` marks a name that only other modules see. */
export const exported = (name: string): string => (name === 'default' ? 'default' : `export:${name}`);

export const lowerExport = (node: CstNode, context: Context): Stmt => {
  const span = spanOf(node, context);
  const module = sourceOf(node, context);
  const clause = firstOf(node, 'export_clause');
  if (isTypeImport(node)) return { kind: 'pass', span };
  if (clause) {
    const found = named(clause).flatMap((item) => {
      const one = item.type === 'export_specifier' ? specifier(item, context) : undefined;
      return one ? [{ ...one, span: spanOf(item, context) }] : [];
    });
    if (module !== undefined)
      return {
        kind: 'importFrom',
        level: 0,
        module,
        names: found.map((one) => ({ ...one, alias: exported(one.alias ?? one.name) })),
        span,
      };
    const renamed = found.filter((one) => one.alias !== null && one.alias !== one.name);
    return several(
      renamed.map((one) => bind(exported(one.alias ?? one.name), { kind: 'name', id: one.name, span: one.span })),
      node,
      context,
    );
  }
  if (module !== undefined) {
    const namespace = firstOf(node, 'namespace_export');
    const [alias] = namespace ? named(namespace) : [];
    if (alias) return { kind: 'import', modules: [{ module, alias: exported(textOf(alias, context)), span }], span };
    return { kind: 'importFrom', level: 0, module, names: [{ name: '*', alias: null, span }], span };
  }
  const [inner] = named(node).filter((child) => child.type !== 'decorator');
  if (!inner) return opaque(node, halfTyped, context);
  if (!hasToken(node, 'default')) return hasToken(node, '=') ? bind('default', lowerExpr(inner, context)) : lowerStatement(inner, context);
  const definition =
    inner.type === 'function_declaration' || inner.type === 'generator_function_declaration' || inner.type === 'function_expression'
      ? lowerFunction(inner, context)
      : inner.type === 'class_declaration' || inner.type === 'class' || inner.type === 'abstract_class_declaration'
        ? lowerClass(inner, context)
        : undefined;
  if (!definition) return inner.type.endsWith('_declaration') ? lowerStatement(inner, context) : bind('default', lowerExpr(inner, context));
  if (definition.name === '') return { ...definition, name: 'default' };
  return several([definition, bind('default', { kind: 'name', id: definition.name, span: definition.nameSpan })], node, context);
};
