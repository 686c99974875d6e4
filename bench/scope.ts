/** What must be ended when something is over, last first. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Scope {
  readonly #ends: (() => void | Promise<void>)[] = [];

  after(end: () => void | Promise<void>): void {
    this.#ends.push(end);
  }

  /** Everything is tried, also when something of it fails. */
  async end(): Promise<void> {
    const ends = this.#ends.splice(0).reverse();
    for (const end of ends) await Promise.resolve(end()).catch(() => undefined);
  }

  temporaryFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
    this.after(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }
}
