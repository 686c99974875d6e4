/** The process: its arguments, environment and streams in, an exit code out. */

import { runCommandLine } from './cli/entry.ts';
import { commandContext } from './command-context.ts';

process.exitCode = await runCommandLine(process.argv.slice(2), commandContext(process));
