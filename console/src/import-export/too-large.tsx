/** More than one call takes: which command does it. */

import { Alert, Stack, Text } from '@mantine/core';
import { useConsoleSession } from '../api/console-session.ts';
import { CopyField } from '../parts/secret-once.tsx';
import type { TransferFormat } from './transfer-calls.ts';

interface TooLargeProps {
  /** Empty for text that was pasted. */
  readonly fileName: string;
  readonly format: TransferFormat;
}

export function TooLarge({ fileName, format }: TooLargeProps) {
  const session = useConsoleSession();
  const file = quote(fileName === '' ? `users.${format}` : fileName);
  const username = session.data?.kind === 'user' ? ` --as ${quote(session.data.username)}` : '';
  const command = `npx sallyport users import ${file} --format ${format}`;
  return (
    <Alert color="yellow" variant="light" role="alert" title="This is more than 1 MiB">
      <Stack gap="sm">
        <Text size="sm" c="var(--mantine-color-text)">
          The console takes up to 1 MiB at once. The command takes any number of lines, and with
          --dry-run it looks at them first.
        </Text>
        <CopyField label="On the server’s machine" value={command} />
        <CopyField
          label="From anywhere else"
          value={`${command} --url ${location.origin}${username}`}
        />
      </Stack>
    </Alert>
  );
}

/** For a POSIX shell. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) && !text.startsWith('-')
    ? text
    : `'${text.replace(/^-/, './-').replaceAll("'", `'\\''`)}'`;
}
