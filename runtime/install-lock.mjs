// One installation at a time in a checkout: two `npm ci` at once would delete each other's files.
// The lock is a file that names its holder. It is stale when the holder's processes are gone, or
// when its heartbeat stopped (another machine or container, whose processes cannot be seen).

import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const pollMs = 100;
const heartbeatMs = 5_000;
const staleAfterMs = 60_000;

/**
 * Waits for the lock. `onWait` is called once if somebody else has it.
 *
 * @param {string} path
 * @param {() => void} onWait
 */
export async function acquireInstallLock(path, onWait) {
  mkdirSync(dirname(path), { recursive: true });
  let hasWaited = false;
  while (!tryCreate(path)) {
    const state = readLock(path);
    if (state === undefined) continue;
    if (isStale(state)) {
      breakLock(path, state.text);
      continue;
    }
    if (!hasWaited) onWait();
    hasWaited = true;
    await wait(pollMs);
  }
  const heartbeat = setInterval(() => touch(path), heartbeatMs);
  heartbeat.unref();
  return {
    /**
     * npm outlives a killed starter, and so must the lock.
     *
     * @param {number} pid
     */
    addProcess: (pid) => writeFileSync(path, lockText([process.pid, pid])),
    release: () => {
      clearInterval(heartbeat);
      rmSync(path, { force: true });
    },
  };
}

/** @param {number[]} pids */
function lockText(pids) {
  return JSON.stringify({ host: hostname(), pids });
}

/** @param {string} path */
function tryCreate(path) {
  try {
    writeFileSync(path, lockText([process.pid]), { flag: 'wx' });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** @param {string} path */
function touch(path) {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Somebody removed the folder by hand; the installation itself will say so.
  }
}

/**
 * @param {string} path
 * @returns {{ text: string, ageMs: number } | undefined} undefined when it was released meanwhile
 */
function readLock(path) {
  try {
    return { text: readFileSync(path, 'utf8'), ageMs: Date.now() - statSync(path).mtimeMs };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** @param {{ text: string, ageMs: number }} state */
function isStale({ text, ageMs }) {
  if (ageMs > staleAfterMs) return true;
  try {
    const { host, pids } = JSON.parse(text);
    return host === hostname() && !pids.some(isAlive);
  } catch {
    return false; // being written at this moment
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/**
 * Removes a stale lock. Of several processes that judged it stale only one wins the rename; one
 * that comes late and catches a successor's fresh lock puts it back.
 *
 * @param {string} path
 * @param {string} staleText
 */
function breakLock(path, staleText) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (readFileSync(aside, 'utf8') === staleText) rmSync(aside);
    else renameSync(aside, path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function hasCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code;
}
