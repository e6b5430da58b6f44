/**
 * What is found in installed packages is nobody's to mend there: it is said at the call of the author's file that builds the model, and
 * without a fix. A model that no such call builds is left in peace.
 */
import type { NetworkResult } from '../analyze.ts';
import type { Finding } from '../rules/rule.ts';
import { type Host, isInstalled } from '../text/host.ts';
import type { Span } from '../text/span.ts';

const moved = new WeakMap<NetworkResult, NetworkResult>();

/** The same object for the same result: who compares results sees no change where there is none. */
export const outOfPackages = (result: NetworkResult, host: Host): NetworkResult => {
  if (!host.environment?.length || result.findings.length === 0) return result;
  const known = moved.get(result);
  if (known) return known;
  const inside = ({ anchor }: Span): boolean => isInstalled(host, anchor.file);
  const { network } = result;
  const call = network.entry === 'call' ? network.span : network.nameSpan;
  const findings = result.findings.flatMap((finding): Finding[] => {
    const related = finding.related.filter(({ span }) => !inside(span));
    if (!inside(finding.span)) return [{ ...finding, related }];
    return inside(call) ? [] : [{ ...finding, related, span: call, intents: [] }];
  });
  const made = { ...result, findings };
  moved.set(result, made);
  return made;
};
