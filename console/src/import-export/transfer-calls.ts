/** Users in and out by the file. */

import { call } from '../api/call.ts';
import { askForPassword } from '../api/password-prompt.ts';
import { queryClient } from '../api/query-client.ts';
import type { AnswerOf } from '../api/types.ts';

export type TransferFormat = 'csv' | 'jsonl';

const TYPES: Record<TransferFormat, string> = { csv: 'text/csv', jsonl: 'application/jsonl' };

/** What one call of the server takes. */
export const MAX_IMPORT_BYTES = 1024 * 1024;

export type ImportReport = AnswerOf<'management_import_users'>;
export type LineReport = ImportReport['lines'][number];

export interface ImportSource {
  readonly content: Blob;
  readonly format: TransferFormat;
}

/** A dry run says what would become of each line, and changes nothing. */
export async function importUsers(
  { content, format }: ImportSource,
  isDryRun: boolean,
): Promise<ImportReport> {
  const report = await call<ImportReport>('POST', '/management/users/import', {
    query: { dry_run: isDryRun, format },
    file: { type: TYPES[format], content },
  });
  if (!isDryRun) {
    await queryClient.invalidateQueries({
      predicate: ({ queryKey }) => ['users', 'stats', 'audit'].includes(String(queryKey[0])),
    });
  }
  return report;
}

/**
 * Saves all users as a file. The browser downloads it, of any size, without going through this
 * code, and could then ask for nothing any more: so the password is asked for before.
 */
export async function exportUsers(format: TransferFormat): Promise<void> {
  await askForPassword();
  const link = document.createElement('a');
  link.href = `/management/users/export?format=${format}`;
  link.download = `users.${format}`;
  link.click();
}

/** The lines as the command reports them, to be mended or kept. */
export function saveReport({ lines }: ImportReport): void {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const address = URL.createObjectURL(new Blob([text], { type: 'application/jsonl' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = 'import-report.jsonl';
  link.click();
  // The download has begun by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
