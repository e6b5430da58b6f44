// What the oracle prints: a line a model with its disagreements, then the totals against the targets.
import { percent, sum } from './compare.mjs';

const column = (text, width) => String(text).padStart(width);

const printDisagreements = (disagreements, most) => {
  const worst = [...disagreements].sort((a, b) => (a.result === b.result ? 0 : a.result === 'wrong' ? -1 : 1));
  for (const { path, what, result, inspected, measured } of worst.slice(0, most))
    console.log(`    ${result === 'wrong' ? 'WRONG  ' : 'unknown'} ${path} ${what}: inspect ${inspected}, real ${measured}`);
  if (worst.length > most) console.log(`    … ${worst.length - most} more (--show ${worst.length})`);
};

export const printModel = ({ name, total: t, disagreements, notes, issues }, network, most) => {
  if (!network) console.log(`${name}: inspect has no network of this name`);
  console.log(
    `${name.padEnd(28)} matrices ${column(t.matrices, 4)}  found ${column(t.found, 4)} (shape ${t.right.shape} fans ${t.right.fans} std ${t.right.std})` +
      `  next ${column(`${t.nextRight}/${t.nextKnown}`, 8)}  other ${column(`${t.othersFound}/${t.others}`, 8)}` +
      `  unknown ${column(t.unknown + t.missing, 4)}  wrong ${column(t.wrong, 3)}${network && !network.complete ? '  read in part' : ''}`,
  );
  for (const note of notes) console.log(`    note: ${note}`);
  printDisagreements(disagreements, most);
  if (most > 0 && disagreements.length > 0)
    for (const { message, line, file } of issues.slice(0, 5)) console.log(`    issue: ${message} (${file ? `${file}:` : 'line '}${line})`);
};

export const printTotals = (results) => {
  if (results.length === 0) return;
  const t = sum(results.map(({ total }) => total));
  console.log(`
${results.length} models, ${t.matrices} weight matrices
  found with right shape, fans, mean and std  ${percent(t.found, t.matrices)} (target 95 %)   shape ${percent(t.right.shape, t.matrices)}, fans ${percent(t.right.fans, t.matrices)}, std ${percent(t.right.std, t.matrices)}
  right next activations                      ${percent(t.nextRight, t.nextKnown)} (target 90 %)   of those that reach one ${percent(t.reachingRight, t.reaching)}
  other parameters found                      ${percent(t.othersFound, t.others)} of ${t.others}
  wrong values                                ${t.wrong} of ${t.stated} stated, ${percent(t.wrong, t.stated)} (target ≤ 0.5 %)
  said unknown                                ${t.unknown} values, ${t.missing} parameters missing
  tolerance: 5 standard errors of the measured mean and std (n = elements × seeds)`);
};
