/** Ids of requests, for the log and the audit trail. */

import { randomFillSync } from 'node:crypto';

/** 96 bits: no two requests share one, and nobody can tell the next or how many there were. */
const ID_BYTES = 12;
/** Fetched at once: the system call costs more than everything else about an id. */
const IDS_AT_ONCE = 512;

const pool = Buffer.alloc(ID_BYTES * IDS_AT_ONCE);
let used = pool.length;

/** 16 URL-safe characters. */
export function newRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += ID_BYTES;
  return pool.toString('base64url', used - ID_BYTES, used);
}
