/** Command-line arguments, checked: a wrong one is a {@link UsageError} with a sentence. */
import { parseArgs } from 'node:util';
import type { Severity } from '../rules/rule.ts';
import { isSeverity, SEVERITIES } from '../workspace/severity.ts';
import { UsageError } from './io.ts';

export const FORMATS = ['full', 'concise', 'json'] as const;
export type Format = (typeof FORMATS)[number];

export interface CheckArguments {
  readonly paths: readonly string[];
  readonly format: Format;
  readonly severity: Severity;
  readonly failOn: Severity;
  readonly environment?: string;
}

export interface InspectArguments {
  readonly files: readonly string[];
  readonly environment?: string;
  readonly className?: string;
  readonly args?: readonly unknown[] | Readonly<Record<string, unknown>>;
  readonly input?: readonly (number | null)[];
}

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

const parse = (args: readonly string[], options: Options) => {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    return { values: values as Readonly<Record<string, string | boolean | undefined>>, positionals };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message.split(/\. To specify|\n/)[0]!);
  }
};

const severityOption = (name: string, value: string | boolean | undefined, fallback: Severity): Severity => {
  if (value === undefined) return fallback;
  if (isSeverity(value)) return value;
  throw new UsageError(`--${name} must be one of ${SEVERITIES.join(', ')}, not '${value}'`);
};

export const checkArguments = (args: readonly string[]): CheckArguments => {
  const { values, positionals } = parse(args, {
    format: { type: 'string' },
    severity: { type: 'string' },
    'fail-on': { type: 'string' },
    environment: { type: 'string' },
  });
  const format = FORMATS.find((known) => known === (values.format ?? 'full'));
  if (!format) throw new UsageError(`--format must be one of ${FORMATS.join(', ')}, not '${values.format}'`);
  return {
    paths: positionals.length > 0 ? positionals : ['.'],
    format,
    severity: severityOption('severity', values.severity, 'information'),
    failOn: severityOption('fail-on', values['fail-on'], 'warning'),
    ...(typeof values.environment === 'string' ? { environment: values.environment } : {}),
  };
};

const json = (name: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`--${name} must be JSON, not '${text}'`);
  }
};

const isShape = (value: unknown): value is (number | null)[] =>
  Array.isArray(value) && value.length > 0 && value.every((size) => size === null || (Number.isInteger(size) && size > 0));

export const inspectArguments = (args: readonly string[]): InspectArguments => {
  const { values, positionals } = parse(args, {
    format: { type: 'string' },
    class: { type: 'string' },
    args: { type: 'string' },
    input: { type: 'string' },
    environment: { type: 'string' },
  });
  if (positionals.length === 0) throw new UsageError('inspect needs at least one file');
  if (values.format !== undefined && values.format !== 'json') throw new UsageError(`inspect knows --format json, not '${values.format}'`);
  const className = values.class;
  const given = typeof values.args === 'string' ? json('args', values.args) : undefined;
  const input = typeof values.input === 'string' ? json('input', values.input) : undefined;
  if (given !== undefined && (typeof given !== 'object' || given === null)) {
    throw new UsageError('--args must be a JSON array (positional) or object (by name)');
  }
  if (input !== undefined && !isShape(input)) throw new UsageError('--input must be a JSON array of sizes, null where free: [1024,256]');
  return {
    files: positionals,
    ...(typeof values.environment === 'string' ? { environment: values.environment } : {}),
    ...(typeof className === 'string' ? { className } : {}),
    ...(given === undefined ? {} : { args: given as Readonly<Record<string, unknown>> }),
    ...(input === undefined ? {} : { input }),
  };
};
