/** What a half-typed Python line needs at its end to be whole. */

/** Stands for what is not written yet; the lowering sees by its place that it is a placeholder. */
const hole = '_';

const operatorEnd = /(?:[-+*/%@&|^<>=~]|:=|\b(?:and|or|not|in|is|await|lambda|from|import|as|del|assert|raise from|global|nonlocal))$/;

/** Placeholder for a dangling operator, dot, colon or keyword. `bracket` is the innermost one open. */
export const danglingEnd = (line: string, bracket: string | undefined): string => {
  if (/(?:[^.\d]|[A-Za-z_]\w*)\.$/.test(line)) return hole;
  if (/\bimport\s*\*$/.test(line)) return '';
  if (/^from\s+[\w.]*$/.test(line)) return /^from\s*$/.test(line) ? ` ${hole} import ${hole}` : ` import ${hole}`;
  if (/^from\s+[\w.]+\s+import(?:\s.*,)?$/.test(line) || /^import(?:\s.*,)?$/.test(line)) return ` ${hole}`;
  if (/^@$/.test(line)) return hole;
  if (/\blambda\b[^:()]*$/.test(line) && bracket !== undefined) return `: ${hole}`;
  if (bracket === undefined) {
    if (/^for\s+[\w, ()]+$/.test(line) && !/\bin\b/.test(line)) return ` in ${hole}`;
    if (/^for$/.test(line)) return ` ${hole} in ${hole}`;
    if (/^(?:if|elif|while|with|def|class)$/.test(line)) return ` ${hole}`;
    if (/\belse$/.test(line) && line !== 'else') return ` ${hole}`;
    if (/\S\s+if$/.test(line)) return ` ${hole} else ${hole}`;
    if (/^[^#:]*\S\s+if\s+[^:]+$/.test(line) && /=|^return\b/.test(line) && !/\belse\b/.test(line)) return ` else ${hole}`;
  } else {
    if (bracket === '{' && /:$/.test(line)) return hole;
    if (bracket === '[' && /\[$/.test(line) && /[\w)\]]\[$/.test(line)) return hole;
    if (/\blambda\b[^()]*:$/.test(line)) return hole;
    if (/\bfor$/.test(line)) return ` ${hole} in ${hole}`;
    if (/\bfor\s+[\w, ]+$/.test(line) && !/\bfor\s[^()]*\bin\b/.test(line)) return ` in ${hole}`;
    if (/\S\s+if$/.test(line)) return ` ${hole}`;
    if (/\belse$/.test(line)) return ` ${hole}`;
  }
  return operatorEnd.test(line) ? ` ${hole}` : '';
};

const headerWord = /^(?:async\s+)?(def|class|if|elif|else|for|while|with|try|except|finally)\b/;

/**
 * The colon that a compound statement's header lacks, and a body where none follows. `changed`: a placeholder or a bracket was put
 * at its end, so that a colon seen before was not the header's.
 */
export const headerEnd = (line: string, colon: boolean, changed: boolean, hasBody: boolean): string => {
  const word = headerWord.exec(line)?.[1];
  if (!word) return '';
  const complete = colon && !changed;
  if (complete) return line.endsWith(':') && !hasBody ? ' pass' : '';
  if (colon && word !== 'def') return '';
  const parameters = word === 'def' && !line.includes('(') ? '()' : '';
  return `${parameters}:${hasBody ? '' : ' pass'}`;
};
