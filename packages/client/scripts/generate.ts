/** Writes src/openapi.ts from the server of this checkout, which it starts on a free port. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenApiDocument, writeOpenApiTypes } from './openapi-types.ts';

const ROOT = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'sallyport-generate-'));
const server = spawn(process.execPath, [join(ROOT, 'run.mjs'), 'serve'], {
  env: { ...process.env, PORT: '0', DATA_DIR: folder },
  stdio: ['ignore', 'inherit', 'pipe'],
});
try {
  const answer = await fetch(`${await readUrl()}/openapi.json`);
  const text = writeOpenApiTypes((await answer.json()) as OpenApiDocument);
  writeFileSync(join(import.meta.dirname, '../src/openapi.ts'), text);
} finally {
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** The first URL that the server prints is its own. */
async function readUrl(): Promise<string> {
  let output = '';
  for await (const chunk of server.stderr) {
    output += chunk;
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`the server did not start:\n${output}`);
}
