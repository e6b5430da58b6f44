/**
 * The one door through which the analysis sees the outside. Given by Node's fs (CLI, desktop server), by requests to the client
 * (browser), or by a map (tests). Unsaved buffers win over disk: that is the host's business.
 * Synchronous by design: a host without synchronous reads preloads what `resolveImport` may need and re-runs.
 */
export interface Host {
  /** Text of a file, or undefined when it cannot be read. Keys use forward slashes. */
  readFile(file: string): string | undefined;
  /** Whether a file exists, without reading it. */
  exists(file: string): boolean;
  /** Names in a folder ('/' appended to folders); empty when it cannot be listed. */
  list(folder: string): readonly string[];
  /** Root folders of the workspace, where absolute imports start. */
  readonly roots: readonly string[];
  /**
   * Folders of installed packages that may be read, looked at after the workspace; absent where the author did not allow it. What lies
   * in them is nobody's to mend: no finding and no fix points there.
   */
  readonly environment?: readonly string[];
}

/** A host over a map, for tests and for single texts. */
export const memoryHost = (files: Readonly<Record<string, string>>, environment: readonly string[] = []): Host => ({
  readFile: (file) => files[file],
  exists: (file) => file in files,
  list: (folder) => {
    const prefix = folder.endsWith('/') ? folder : `${folder}/`;
    const names = new Set<string>();
    for (const key of Object.keys(files)) {
      if (!key.startsWith(prefix)) continue;
      const rest = key.slice(prefix.length);
      const slash = rest.indexOf('/');
      names.add(slash < 0 ? rest : rest.slice(0, slash + 1));
    }
    return [...names].sort();
  },
  roots: [''],
  environment,
});

/** Whether a file belongs to an installed package. */
export const isInstalled = (host: Host, file: string): boolean => (host.environment ?? []).some((root) => file.startsWith(`${root}/`));
