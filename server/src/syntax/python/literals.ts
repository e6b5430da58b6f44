/** Python's number and string literals, decoded from their text. */

export interface DecodedNumber {
  readonly value: number;
  readonly float: boolean;
}

/** Undefined for imaginary numbers and for what is no number. */
export const decodeNumber = (literal: string): DecodedNumber | undefined => {
  const text = literal.replaceAll('_', '').toLowerCase();
  if (text.endsWith('j')) return undefined;
  const prefixed = /^0[xob]/.test(text);
  const digits = text.endsWith('l') ? text.slice(0, -1) : text;
  // Python 2 octal: 0755.
  const value = /^0\d+$/.test(digits) && /^[0-7]+$/.test(digits) && Number(digits) !== 0 ? Number.parseInt(digits, 8) : Number(digits);
  if (Number.isNaN(value)) return undefined;
  return { value, float: !prefixed && /[.e]/.test(digits) };
};

export interface StringPrefix {
  readonly raw: boolean;
  readonly bytes: boolean;
  readonly format: boolean;
  /** Units of prefix and opening quotes. */
  readonly length: number;
  /** Units of one run of quotes, 1 or 3. */
  readonly quotes: number;
}

export const readPrefix = (literal: string): StringPrefix => {
  const letters = /^[a-zA-Z]*/.exec(literal)?.[0].toLowerCase() ?? '';
  const quote = literal[letters.length] ?? '';
  const quotes = quote !== '' && literal.startsWith(quote.repeat(3), letters.length) && literal.length >= letters.length + 6 ? 3 : 1;
  return {
    raw: letters.includes('r'),
    bytes: letters.includes('b'),
    format: letters.includes('f') || letters.includes('t'),
    length: letters.length + quotes,
    quotes,
  };
};

const simpleEscapes: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const escapes = /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|[0-7]{1,3}|\r\n|[\s\S])/g;

const decodeEscape = (written: string): string => {
  const kind = written[1]!;
  if (written === '\\\r\n') return '';
  if ((kind === 'x' || kind === 'u' || kind === 'U') && written.length > 2) {
    const code = Number.parseInt(written.slice(2), 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : written;
  }
  if (kind >= '0' && kind <= '7') return String.fromCodePoint(Number.parseInt(written.slice(1), 8));
  return simpleEscapes[kind] ?? written;
};

/** The value of a literal's inside. Python keeps unknown escapes as written; named characters stay as written too. */
export const decodeText = (inside: string, raw: boolean): string => {
  const text = inside.includes('\r') ? inside.replaceAll('\r\n', '\n') : inside;
  return raw || !text.includes('\\') ? text : text.replace(escapes, decodeEscape);
};
