/**
 * Bytes of a source file to text: a byte-order mark decides, then UTF-8, and what is not UTF-8 is read as Latin-1, where no byte is
 * invalid and columns stay right. The mark is not part of the text, as in every editor. Binary files give null.
 */

const SNIFFED = 8192;

export const decodeSource = (bytes: Uint8Array): string | null => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (bytes.subarray(0, SNIFFED).includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // TextDecoder's 'latin1' is windows-1252, which is what such files mostly are.
    return new TextDecoder('latin1').decode(bytes);
  }
};
