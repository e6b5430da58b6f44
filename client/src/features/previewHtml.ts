/** The preview page's document: addresses, and a policy under which only our own files run. Pure, so that tests serve the same page. */

export interface PreviewAddresses {
  /** Source expression of the webview's own files, as `webview.cspSource`. */
  readonly cspSource: string;
  readonly nonce: string;
  readonly script: string;
  readonly style: string;
  readonly worker: string;
  readonly wasm: string;
}

/** `wasm-unsafe-eval` compiles WebAssembly only; nothing here allows text to be run as script. A worker is started from a blob. */
export const previewPolicy = ({ cspSource, nonce }: Pick<PreviewAddresses, 'cspSource' | 'nonce'>): string =>
  [
    "default-src 'none'",
    `style-src ${cspSource}`,
    `img-src ${cspSource} data:`,
    `script-src 'nonce-${nonce}' ${cspSource} 'wasm-unsafe-eval' blob:`,
    `connect-src ${cspSource} data: blob:`,
    `worker-src blob: ${cspSource}`,
  ].join('; ');

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const attribute = (text: string): string => text.replace(/[&<>"]/g, (c) => ESCAPES[c] ?? c);

export const previewHtml = (addresses: PreviewAddresses): string => {
  const { nonce, script, style, worker, wasm } = addresses;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${attribute(previewPolicy(addresses))}">
<link rel="stylesheet" href="${attribute(style)}">
<title>Activations</title>
</head>
<body data-worker="${attribute(worker)}" data-wasm="${attribute(wasm)}" data-nonce="${attribute(nonce)}">
<script nonce="${attribute(nonce)}" src="${attribute(script)}"></script>
</body>
</html>
`;
};

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export const makeNonce = (): string => {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join('');
};
