/** What makes a file survive power loss. */

import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';

/** A new or renamed file is only there after power loss if the folder that names it was synced. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Writes a file that must not exist yet, and syncs its content. */
export function writeNewFileDurably(file: string, content: string, mode: number): void {
  const descriptor = openSync(file, 'wx', mode);
  try {
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
