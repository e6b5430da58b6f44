/** What a command may touch of the process: data out, log out, and whether a person reads. */

export interface Io {
  /** Data, to stdout. */
  readonly out: (text: string) => void;
  /** Log lines, to stderr. */
  readonly log: (text: string) => void;
  readonly color: boolean;
  readonly cwd: string;
}

/** 0 clean or below `--fail-on`, 1 findings, 2 bad usage or an internal error. */
export type ExitCode = 0 | 1 | 2;

export class UsageError extends Error {}
