/** The command line as a Node process: stdout and stderr, colour, and a reader that hangs up early (`initlens check | head`). */
import { writeSync } from 'node:fs';
import process from 'node:process';
import type { Io } from './io.ts';
import { type Program, runCommand } from './main.ts';

const isCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code;

/** Written whole and in order, also to a pipe that is slow, so that nothing is lost when the process exits. */
const writeAll = (descriptor: 1 | 2, text: string): void => {
  const bytes = Buffer.from(text);
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if (isCode(error, 'EAGAIN')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      // Nobody reads any more: that is no error of ours, and no reason to go on.
      else if (isCode(error, 'EPIPE')) process.exit(process.exitCode ?? 0);
      else throw error;
    }
  }
};

const wantsColor = (): boolean => {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '0') return true;
  return process.stdout.isTTY === true && TERM !== 'dumb';
};

export const runProcess = async (program: Program): Promise<void> => {
  const io: Io = {
    out: (text) => writeAll(1, text),
    log: (text) => writeAll(2, `${text}\n`),
    color: wantsColor(),
    cwd: process.cwd(),
  };
  const code = await runCommand(process.argv.slice(2), program, io);
  if (code !== 'serving') process.exit(code);
};
