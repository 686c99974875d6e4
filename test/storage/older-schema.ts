/** A database as a release of long ago left it: what later migrations have added is gone. */

/**
 * Before migration 0005. A new migration is undone here too, or the tests that bring an old
 * database up would meet what it adds.
 */
export const BACK_TO_0004: readonly string[] = [
  ...['name', 'creation', 'expiry', 'last_use'].map(
    (sort) => `drop index access_tokens_by_${sort}`,
  ),
  'drop index access_tokens_in_overlap',
  ...[
    'version',
    'previous_secret_hash',
    'previous_successor_hash',
    'previous_expires_at_ms',
    'previous_last_used_at_ms',
    'suspended_at_ms',
  ].map((column) => `alter table access_tokens drop column ${column}`),
  'drop table console_sessions',
  "delete from settings where name like 'oldest_schema:%'",
  "delete from kysely_migration where name >= '0005'",
];
