/**
 * `npm run fill`: fills an empty installation, so that a server can be tried at the size that it
 * will have. Which one is said as to a server, by DATA_DIR or DATABASE_URL.
 */

import { writeFileSync } from 'node:fs';
import { startProgressBar } from '../../src/cli/progress-bar.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { nameDatabase } from '../../src/database-choice.ts';
import { StartFault } from '../../src/start-fault.ts';
import { FillOptionFault, type FillOptions, readFillOptions, USAGE } from './fill-options.ts';
import { FillCancelled, type Filled, fillInstallation, NotEmptyFault } from './filling.ts';

try {
  await main(readFillOptions(process.argv.slice(2)));
} catch (error) {
  const isTheirs = [FillOptionFault, NotEmptyFault, FillCancelled, StartFault].some(
    (fault) => error instanceof fault,
  );
  if (!isTheirs) throw error;
  process.stderr.write(`fill: ${(error as Error).message}\n`);
  process.exitCode = 2;
}

async function main(options: FillOptions): Promise<void> {
  if (options.action === 'help') {
    process.stdout.write(USAGE);
    return;
  }
  const { plan, credentialsFile } = options;
  const config = settings();
  const save = credentialsFile === null ? () => undefined : saverInto(credentialsFile);
  const end = new AbortController();
  process.once('SIGINT', () => end.abort());
  const bar = startProgressBar(process, 'Filling', true);
  const startedMs = performance.now();
  try {
    const filled = await fillInstallation(config, plan, { report: bar.show, end: end.signal });
    bar.end();
    save(filled);
    process.stdout.write(`${describe(filled, config, performance.now() - startedMs)}\n`);
  } finally {
    bar.end();
  }
}

/** @throws StartFault */
function settings(): Config {
  const { config, faults } = readConfig(process.env);
  if (config === null) throw new StartFault(...faults);
  return config;
}

/** Made before the work, so that it does not fail after it. @throws FillOptionFault */
function saverInto(file: string): (filled: Filled) => void {
  try {
    writeFileSync(file, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw new FillOptionFault(`--credentials: ${(error as Error).message}`);
  }
  return ({ password, keptAccessTokens: accessTokens }) =>
    writeFileSync(file, `${JSON.stringify({ password, accessTokens })}\n`);
}

function describe(filled: Filled, config: Config, elapsedMs: number): string {
  const { users, sessions, accessTokens, auditEvents } = filled;
  const seconds = Math.round(elapsedMs / 1000);
  return [
    `${nameDatabase(config)} holds ${users} users, ${sessions} sessions, ${accessTokens} access`,
    `tokens and ${auditEvents} audit events; it took ${seconds} s`,
  ].join(' ');
}
