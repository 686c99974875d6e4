/** How values of PostgreSQL become ours, on every connection. */

import pg from 'pg';

/** Our bigints are times, ids and counts, all of them safe integers. */
export function getTypeParser(oid: number, format?: 'text' | 'binary') {
  return oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format as 'text');
}
