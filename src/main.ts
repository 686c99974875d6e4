/** The process: its arguments, environment and streams in, an exit code out. */

import { runCli } from './cli/program.ts';
import { commandContext } from './command-context.ts';

process.exitCode = await runCli(process.argv.slice(2), commandContext(process));
