/**
 * The built console on disk: one page and its assets, compressed ahead. Each file is read when it
 * is asked for and none is kept: browsers keep the assets for ever, and a server that nobody looks
 * at through the console spends no memory on it.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the build leaves in the page where the nonce of the answer belongs. */
const NONCE_PLACEHOLDER = '__CSP_NONCE__';

/** Names as the build makes them: no other file can be asked for, and no other folder. */
const ASSET_NAME = /^[\w-]+(?:\.[\w-]+)*-[\w-]{8}\.(js|css|svg)$/;

const CONTENT_TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

export type AssetEncoding = 'br' | 'gzip' | 'identity';

export interface Asset {
  readonly contentType: string;
  readonly content: Buffer;
}

export class BuiltConsole {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The page with this nonce; null where nothing has been built. */
  async page(nonce: string): Promise<string | null> {
    const template = await readIfThere(join(this.#folder, 'index.html'));
    return template?.toString('utf8').replaceAll(NONCE_PLACEHOLDER, nonce) ?? null;
  }

  /** Null when there is no asset of that name. */
  async asset(name: string, encoding: AssetEncoding): Promise<Asset | null> {
    const contentType = CONTENT_TYPES[ASSET_NAME.exec(name)?.[1] ?? ''];
    if (contentType === undefined) return null;
    const suffix = encoding === 'br' ? 'br' : 'gz';
    const content = await readIfThere(join(this.#folder, 'assets', `${name}.${suffix}`));
    if (content === null) return null;
    return { contentType, content: encoding === 'identity' ? await unpack(content) : content };
  }
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** For the rare client that takes no encoding: loaded then. */
async function unpack(content: Buffer): Promise<Buffer> {
  const [{ gunzip }, { promisify }] = await Promise.all([import('node:zlib'), import('node:util')]);
  return promisify(gunzip)(content);
}
