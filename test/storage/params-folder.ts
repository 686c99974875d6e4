/** Data folders for tests of `server_params.btr`, and starts on them. */

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { StartFault } from '../../src/start-fault.ts';
import { PARAMS_FILE_NAME, type ServerParams } from '../../src/storage/params-file.ts';
import { openSallyport, type Sallyport } from '../../src/wiring.ts';
import { FastPasswordEngine } from '../support/fast-password-engine.ts';
import { ADMIN_PASSWORD, testConfig } from '../support/test-config.ts';

const PROCESS = fileURLToPath(new URL('./params-process.ts', import.meta.url));

export type Settings = Record<string, string>;

export const ORIGIN = { address: '::1', addressKey: '::1', requestId: 'r', userAgent: '' };
export const GOOD_SECRETS = [
  'kX2v9QbLr7TnWz4JcYp1MfHs8GdEaUo3',
  'B5tNq0RiVx6KjPw2ZlSm9CyDhTg7FuAe',
  'w8Xy1ZaB2cD3eF4gH5iJ6kL7mN8oP9qR',
] as const;

export function newDataFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-params-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const paramsFileOf = (folder: string) => join(folder, PARAMS_FILE_NAME);

export function savedParams(folder: string): ServerParams {
  return JSON.parse(readFileSync(paramsFileOf(folder), 'utf8')).params;
}

export function openOn(folder: string, settings: Settings = {}): Promise<Sallyport> {
  const config = testConfig({ DATA_DIR: folder, ...settings });
  const passwordEngine = new FastPasswordEngine();
  return openSallyport(config, { record: () => undefined }, { passwordEngine });
}

export async function startOnce<T>(
  folder: string,
  settings: Settings = {},
  use: (sallyport: Sallyport) => Promise<T> = async () => undefined as T,
): Promise<T> {
  const sallyport = await openOn(folder, settings);
  try {
    return await use(sallyport);
  } finally {
    await sallyport.close();
  }
}

/** A folder whose database holds an admin. */
export async function newUsedFolder(t: TestContext, settings: Settings = {}): Promise<string> {
  const folder = newDataFolder(t);
  await startOnce(folder, settings, ({ admin }) => admin.create(ADMIN_PASSWORD));
  return folder;
}

/** Name, mode and digest of everything in the folder. */
function snapshotOf(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const file = join(folder, name);
      const found = lstatSync(file);
      const content = found.isFile() ? readFileSync(file) : '';
      const digest = createHash('sha256').update(content).digest('hex');
      return `${name} ${found.mode.toString(8)} ${digest}`;
    });
}

/** The messages of a start that is refused; it must have left the folder as it was. */
export async function refusedStart(
  folder: string,
  settings: Settings = {},
): Promise<readonly string[]> {
  const before = snapshotOf(folder);
  const reason = await startOnce(folder, settings).then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(reason instanceof StartFault, `the start gave ${reason}`);
  assert.deepEqual(snapshotOf(folder), before, 'the refused start changed a file');
  return reason.messages;
}

export type ProcessReport = { raw?: string | null; fault?: string } | null;

/** A process that is ready to start or renew; `go` lets it, and gives what it said or null. */
export async function prepareProcess(action: 'start' | 'renew', folder: string, killAt = '') {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = fork(PROCESS, [action, folder, killAt], { execArgv: [], env });
  await once(child, 'message');
  return async (): Promise<ProcessReport> => {
    let report: ProcessReport = null;
    child.on('message', (message: ProcessReport) => {
      report = message;
    });
    const ended = once(child, 'exit');
    child.send('go');
    await ended;
    return report;
  };
}
