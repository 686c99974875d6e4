/**
 * Builds the console into the folder that is given: `index.html` and hashed assets, each of them
 * compressed ahead for browsers that take Brotli or gzip. Called by the first start.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

/** Stands for what the server writes anew into every page that it sends. */
export const NONCE_PLACEHOLDER = '__CSP_NONCE__';

const compress = { br: promisify(brotliCompress), gz: promisify(gzip) };

await buildConsole(resolve(process.argv[2] ?? join(import.meta.dirname, '../dist')));

async function buildConsole(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await build({
    root: join(import.meta.dirname, '..'),
    base: '/console/',
    configFile: false,
    logLevel: 'warn',
    plugins: [react()],
    html: { cspNonce: NONCE_PLACEHOLDER },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      // The policy of the pages allows no data: scripts and fonts, and the polyfill is inline.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      chunkSizeWarningLimit: 1_000,
    },
  });
  const assets = join(folder, 'assets');
  await Promise.all(readdirSync(assets).map((name) => compressAhead(join(assets, name))));
}

/** Only the compressed forms stay: the server unpacks one for the rare client that takes none. */
async function compressAhead(path: string): Promise<void> {
  const content = readFileSync(path);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  writeFileSync(`${path}.br`, await compress.br(content, quality));
  writeFileSync(`${path}.gz`, await compress.gz(content, { level: constants.Z_BEST_COMPRESSION }));
  rmSync(path);
}
