/** Builds the console where the first start did not: `npm run build:console`. */

import { join } from 'node:path';
import { buildConsole } from '../runtime/console-build.mjs';
import { consoleStamp, isConsoleBuilt } from '../runtime/console-stamp.mjs';

const ROOT = join(import.meta.dirname, '..');

const stamp = consoleStamp(ROOT);
if (stamp === undefined) throw new Error('the sources of the console are not here');
if (isConsoleBuilt(ROOT, stamp)) process.stdout.write('The console is built already.\n');
else process.exitCode = (await buildConsole(ROOT, stamp)) ? 0 : 1;
