/** Findings as LSP diagnostics. */
import { type Diagnostic, type DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag } from 'vscode-languageserver';
import type { Severity } from '../rules/rule.ts';
import { resolve } from '../text/span.ts';
import { rulePage } from '../workspace/ruleLinks.ts';
import { atLeast } from '../workspace/severity.ts';
import type { Located, Session } from './session.ts';

export const SOURCE = 'InitLens';

const SEVERITY: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

const TAG = { unnecessary: DiagnosticTag.Unnecessary, deprecated: DiagnosticTag.Deprecated } as const;

/** What `Diagnostic.data` carries: enough to find the finding again. */
export interface DiagnosticData {
  readonly key: string;
}

export const findingKey = ({ finding, start, end }: Located): string => `${finding.rule}|${finding.network}|${start}-${end}`;

const related = (located: Located, session: Session): DiagnosticRelatedInformation[] =>
  located.finding.related.flatMap(({ span, message }) => {
    const { file, start, end } = resolve(span);
    const place = session.place(file, start, end);
    return place ? [{ location: { uri: place.uri, range: place.range }, message }] : [];
  });

export const toDiagnostic = (located: Located, session: Session): Diagnostic => {
  const { finding, range } = located;
  const data: DiagnosticData = { key: findingKey(located) };
  const information = related(located, session);
  return {
    range,
    severity: SEVERITY[finding.severity],
    code: finding.rule,
    codeDescription: { href: rulePage(finding.rule) },
    source: SOURCE,
    message: finding.message,
    ...(information.length > 0 ? { relatedInformation: information } : {}),
    ...(finding.tags?.length ? { tags: finding.tags.map((tag) => TAG[tag]) } : {}),
    data,
  };
};

export const diagnosticsOf = (uri: string, session: Session, minimum: Severity): Diagnostic[] =>
  session
    .findings(uri)
    .filter(({ finding }) => atLeast(finding.severity, minimum))
    .map((located) => toDiagnostic(located, session));
