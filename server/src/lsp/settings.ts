/** The server's settings, from `initializationOptions` or the client's `initlens` section; what is missing or wrong keeps its default. */
import type { Severity } from '../rules/rule.ts';
import { isSeverity, SEVERITIES } from '../workspace/severity.ts';

export interface Settings {
  readonly enable: boolean;
  /** Findings below it are not sent. */
  readonly minimumSeverity: Severity;
  readonly codeLens: boolean;
}

export const DEFAULT_SETTINGS: Settings = { enable: true, minimumSeverity: 'hint', codeLens: true };

export interface ReadSettings {
  readonly settings: Settings;
  /** Sentences for the author: values that could not be used. */
  readonly problems: readonly string[];
}

export const readSettings = (value: unknown): ReadSettings => {
  const problems: string[] = [];
  if (value === null || value === undefined) return { settings: DEFAULT_SETTINGS, problems };
  if (typeof value !== 'object' || Array.isArray(value)) {
    return { settings: DEFAULT_SETTINGS, problems: ['InitLens: the settings must be an object; defaults are used.'] };
  }
  const given: Partial<Record<keyof Settings, unknown>> = value;
  const pick = <K extends keyof Settings>(key: K, expected: string, fits: (x: unknown) => x is Settings[K]): Settings[K] => {
    const x = given[key];
    if (x === undefined || x === null) return DEFAULT_SETTINGS[key];
    if (fits(x)) return x;
    problems.push(`initlens.${key} must be ${expected}, not ${JSON.stringify(x)}; ${JSON.stringify(DEFAULT_SETTINGS[key])} is used.`);
    return DEFAULT_SETTINGS[key];
  };
  const isBoolean = (x: unknown): x is boolean => typeof x === 'boolean';
  return {
    settings: {
      enable: pick('enable', 'true or false', isBoolean),
      minimumSeverity: pick('minimumSeverity', `one of ${SEVERITIES.join(', ')}`, isSeverity),
      codeLens: pick('codeLens', 'true or false', isBoolean),
    },
    problems,
  };
};
