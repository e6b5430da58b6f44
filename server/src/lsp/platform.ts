/** What the server needs from where it runs: Node's process or a browser's worker. */
import type { Analyzer } from '../analyze.ts';
import type { Host } from '../text/host.ts';

export interface HostSource {
  readonly roots: () => readonly string[];
  /** Text of an open document by key. */
  readonly buffer: (file: string) => string | undefined;
  /** Folders of installed packages that may be read. */
  readonly environment: () => readonly string[];
}

export interface Platform {
  readonly version: string;
  host(source: HostSource): Host;
  /** Folders of packages of the environment at a path, else of the workspace's own; absent where there is no file system. */
  environment?(path: string, roots: readonly string[]): readonly string[];
  /** Loads the grammar and makes the analyzer. Called once, after `initialize` was answered, with its options. */
  analyzer(host: Host, initializationOptions: unknown): Promise<Analyzer>;
}
