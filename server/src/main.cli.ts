/** The command line: `initlens check`, `inspect`, `explain`, `rules`, `server`. */

import { runProcess } from './cli/process.node.ts';
import { program } from './cli/program.node.ts';

void runProcess(program);
