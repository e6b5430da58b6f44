/** What a chunk of Python binds, told by its first words: so that a large package need not be parsed for a few of its names. */

const name = String.raw`[\p{L}_][\p{L}\p{N}_]*`;
const definition = new RegExp(String.raw`^(?:async[ \t]+)?(?:def|class)[ \t]+(${name})`, 'mu');
const assignment = new RegExp(String.raw`^(${name})[ \t]*(?::[^=\n]+)?=(?!=)([^\n]*)`, 'u');
/** `a = b = …`, `a = 1; b = 2`. */
const more = new RegExp(String.raw`^[ \t]*${name}[ \t]*=(?!=)|;`, 'u');
const registers = /^@.*regist/im;

export const bindsOf = (chunk: string): readonly string[] | undefined => {
  const decorated = chunk.startsWith('@');
  const defined = definition.exec(chunk);
  if (defined && (defined.index === 0 || decorated))
    return decorated && registers.test(chunk.slice(0, defined.index)) ? undefined : [defined[1]!];
  const assigned = assignment.exec(chunk);
  return assigned && !more.test(assigned[2]!) ? [assigned[1]!] : undefined;
};
