/** Order of severities, for what is shown and what fails a build. */
import type { Severity } from '../rules/rule.ts';

/** Most severe first. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'information', 'hint'];

export const isSeverity = (text: unknown): text is Severity => SEVERITIES.some((severity) => severity === text);

export const atLeast = (severity: Severity, threshold: Severity): boolean => SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(threshold);
