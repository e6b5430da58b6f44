export interface RunningEditor {
  /** Address of the workbench, with the token that it asks for. */
  readonly url: string;
  /** The copy of the workspace that is open. */
  readonly workspace: string;
  readonly exited: Promise<unknown>;
  /** Replaces the user's settings; the editor takes them over at once. */
  configure(settings: Readonly<Record<string, unknown>>): void;
  /** Ends the editor with all its processes and removes its folders. */
  stop(): Promise<void>;
}

export function startVSCode(options: {
  readonly workspace: string;
  /** Folder of an extension under development. */
  readonly extension?: string;
  /** Package to install. */
  readonly vsix?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}): Promise<RunningEditor>;
