/** JavaScript's number and string literals, decoded from their text. */

/** Undefined for big integers and for what is no number. */
export const decodeNumber = (literal: string): number | undefined => {
  const text = literal.replaceAll('_', '');
  if (/\dn$/.test(text)) return undefined;
  const value = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
  return Number.isNaN(value) ? undefined : value;
};

const simpleEscapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '0': '\0' };

const escapes = /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]+\}|\r\n|[\s\S])/g;

const decodeEscape = (written: string): string => {
  const kind = written[1] ?? '';
  if (kind === '\n' || kind === '\r') return '';
  if ((kind === 'x' || kind === 'u') && written.length > 2) {
    const code = Number.parseInt(written.slice(written[2] === '{' ? 3 : 2), 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : written;
  }
  return simpleEscapes[kind] ?? kind;
};

/** The value of what stands between the quotes. */
export const decodeText = (inside: string): string => (inside.includes('\\') ? inside.replace(escapes, decodeEscape) : inside);
