/** The server's settings, from `initializationOptions` or the client's `initlens` section; what is missing or wrong keeps its default. */
import type { Severity } from '../rules/rule.ts';
import { isSeverity, SEVERITIES } from '../workspace/severity.ts';

export interface Settings {
  readonly enable: boolean;
  /** Findings below it are not sent. */
  readonly minimumSeverity: Severity;
  readonly codeLens: boolean;
  /** Whether packages of the Python environment are read. */
  readonly 'python.readEnvironment': boolean;
  /** Which environment: a venv, a site-packages folder, an executable; empty: the editor's or the workspace's own. */
  readonly 'python.environment': string;
}

export const DEFAULT_SETTINGS: Settings = {
  enable: true,
  minimumSeverity: 'hint',
  codeLens: true,
  'python.readEnvironment': false,
  'python.environment': '',
};

export interface ReadSettings {
  readonly settings: Settings;
  /** Sentences for the author: values that could not be used. */
  readonly problems: readonly string[];
}

/** `python.environment` is what a client sends as `{ python: { environment } }`, or under its whole name. */
const valueAt = (given: Readonly<Record<string, unknown>>, key: string): unknown => {
  if (Object.hasOwn(given, key)) return given[key];
  const [group, name] = key.split('.') as [string, string | undefined];
  const inner = given[group];
  return name !== undefined && typeof inner === 'object' && inner !== null ? (inner as Readonly<Record<string, unknown>>)[name] : undefined;
};

export const readSettings = (value: unknown): ReadSettings => {
  const problems: string[] = [];
  if (value === null || value === undefined) return { settings: DEFAULT_SETTINGS, problems };
  if (typeof value !== 'object' || Array.isArray(value)) {
    return { settings: DEFAULT_SETTINGS, problems: ['InitLens: the settings must be an object; defaults are used.'] };
  }
  const given = value as Readonly<Record<string, unknown>>;
  const pick = <K extends keyof Settings>(key: K, expected: string, fits: (x: unknown) => x is Settings[K]): Settings[K] => {
    const x = valueAt(given, key);
    if (x === undefined || x === null) return DEFAULT_SETTINGS[key];
    if (fits(x)) return x;
    problems.push(`initlens.${key} must be ${expected}, not ${JSON.stringify(x)}; ${JSON.stringify(DEFAULT_SETTINGS[key])} is used.`);
    return DEFAULT_SETTINGS[key];
  };
  const isText = (x: unknown): x is string => typeof x === 'string';
  const isBoolean = (x: unknown): x is boolean => typeof x === 'boolean';
  return {
    settings: {
      enable: pick('enable', 'true or false', isBoolean),
      minimumSeverity: pick('minimumSeverity', `one of ${SEVERITIES.join(', ')}`, isSeverity),
      codeLens: pick('codeLens', 'true or false', isBoolean),
      'python.readEnvironment': pick('python.readEnvironment', 'true or false', isBoolean),
      'python.environment': pick('python.environment', 'a path', isText),
    },
    problems,
  };
};
