/**
 * The two spellings of a document's name. Editors speak URIs; the analysis and its {@link Host} speak keys: the path with forward
 * slashes for `file:` URIs, the URI itself for everything else (untitled, notebook cells, virtual file systems).
 */

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]+:/;

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

export const fileKey = (uri: string): string => {
  if (!/^file:\/\//i.test(uri)) return uri;
  const rest = uri.slice('file://'.length).replace(/[?#].*$/, '');
  const slash = rest.indexOf('/');
  if (slash < 0) return uri;
  const authority = rest.slice(0, slash);
  const path = decode(rest.slice(slash));
  if (authority !== '' && authority !== 'localhost') return `//${authority}${path}`;
  return /^\/[A-Za-z]:/.test(path) ? `${path.charAt(1).toLowerCase()}${path.slice(2)}` : path;
};

/** `//server/share` is a network path; `c:/x` has a drive letter, not a scheme. */
export const keyUri = (key: string): string => {
  if (SCHEME.test(key)) return key;
  const encoded = key.split('/').map(encodeURIComponent).join('/');
  if (key.startsWith('//')) return `file:${encoded}`;
  return key.startsWith('/') ? `file://${encoded}` : `file:///${encoded}`;
};

/** Old revisions and chat drafts that an editor shows beside the real file: what is found there would be found twice. */
const SHADOWS =
  /^(git|gitfs|gitlens|gitlens-git|pr|review|svn|hg|scm|conflictResolution|chat-editing-[a-z-]+|output|debug|vscode-local-history):/i;

export const isShadow = (uri: string): boolean => SHADOWS.test(uri);
