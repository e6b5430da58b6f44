/** The command line: which command, and its exit code. A command's own code is loaded when it is called. */
import type { Analyzer } from '../analyze.ts';
import type { Rule } from '../rules/rule.ts';
import { checkArguments, inspectArguments } from './arguments.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';

const HELP = `Reads neural-network definitions without running them and checks how their weights start.

Usage: initlens <command>

  check [PATH...]      report findings of Python, JavaScript, notebooks and saved topologies (default: this folder)
      --format full|concise|json                    how they are printed (default: full)
      --severity error|warning|information|hint     what is shown (default: information)
      --fail-on error|warning|information|hint      what makes the exit code 1 (default: warning)
      --environment PATH                            also read packages installed there: a venv, a
                                                    site-packages folder or a python executable
  inspect FILE...      print what the analysis believes, as JSON
      --format json    the only one
      --class NAME     only this class or function, built with
      --args JSON      these constructor arguments, an array or an object,
      --input SHAPE    on this input: a JSON array, batch first, null where free
      --environment PATH
  explain RULE         what a rule flags, why, and when not to follow it
  rules                all rules, one a line
  server --stdio       the language server, for editors
  --version, --help

Exit code: 0 clean or below --fail-on, 1 findings, 2 bad usage or an internal error.
`;

export interface Program {
  readonly version: string;
  readonly rules: () => Promise<readonly Rule[]>;
  /** An analyzer over the file system whose absolute imports start at these folders, then at those of an environment's packages. */
  readonly analyzer: (roots: readonly string[], environment: string | undefined) => Promise<Analyzer>;
  /** Runs until the editor hangs up. */
  readonly serve: () => Promise<void>;
}

const run = async (argv: readonly string[], program: Program, io: Io): Promise<ExitCode | 'serving'> => {
  const [command, ...rest] = argv;
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(HELP);
    return 0;
  }
  switch (command) {
    case 'check': {
      const args = checkArguments(rest);
      const { check } = await import('./check.ts');
      return check(args, await program.analyzer([io.cwd], args.environment), io);
    }
    case 'inspect': {
      const args = inspectArguments(rest);
      const { inspect } = await import('./inspect.ts');
      return inspect(args, await program.analyzer([io.cwd], args.environment), io);
    }
    case 'explain':
      return (await import('./explain.ts')).explain(rest, await program.rules(), io);
    case 'rules':
      return (await import('./explain.ts')).listRules(await program.rules(), io);
    case 'server':
      await program.serve();
      return 'serving';
    case '--version':
    case '-V':
      io.out(`initlens ${program.version}\n`);
      return 0;
    case '--help':
    case '-h':
    case 'help':
      io.out(HELP);
      return 0;
    case undefined:
      throw new UsageError('a command is missing; `initlens --help` lists them');
    default:
      throw new UsageError(`'${command}' is no command; \`initlens --help\` lists them`);
  }
};

/** The exit code of a command; 'serving' while the process belongs to the server. */
export const runCommand = async (argv: readonly string[], program: Program, io: Io): Promise<ExitCode | 'serving'> => {
  try {
    return await run(argv, program, io);
  } catch (error) {
    if (error instanceof UsageError) io.log(`initlens: ${error.message}`);
    else io.log(`initlens: internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return 2;
  }
};
