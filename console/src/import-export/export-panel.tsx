/** All users with their hashes, as one file. */

import { Alert, Button, Group, Paper, Stack, Text } from '@mantine/core';
import { useAction } from '../parts/action-dialog.tsx';
import { Failure } from '../parts/failure.tsx';
import { IconDownload } from '../parts/icons.tsx';
import { exportUsers, type TransferFormat } from './transfer-calls.ts';

const FORMATS: readonly { format: TransferFormat; label: string }[] = [
  { format: 'jsonl', label: 'Export as JSON Lines' },
  { format: 'csv', label: 'Export as CSV' },
];

export function ExportPanel() {
  return (
    <Paper withBorder p="md">
      <Stack gap="md">
        <Text size="sm">
          One line for each user, as another Sallyport imports them: with their roles, their
          providers and the hashes of their passwords, so that they sign in there as they do here.
        </Text>
        <Alert color="yellow" variant="light" title="Keep the file like a backup">
          <Text size="sm" c="var(--mantine-color-text)">
            Whoever has it can guess passwords at leisure. Delete it when it has done its work. That
            it was made is in the audit trail.
          </Text>
        </Alert>
        <Group gap="sm">
          {FORMATS.map(({ format, label }) => (
            <ExportButton key={format} format={format} label={label} />
          ))}
        </Group>
      </Stack>
    </Paper>
  );
}

interface ExportButtonProps {
  readonly format: TransferFormat;
  readonly label: string;
}

function ExportButton({ format, label }: ExportButtonProps) {
  const { error, run } = useAction(
    () => exportUsers(format),
    () => undefined,
  );
  return (
    <Stack gap="sm">
      <Button variant="default" leftSection={<IconDownload size={16} />} onClick={() => void run()}>
        {label}
      </Button>
      {error !== null && <Failure title="Nothing was exported" error={error} />}
    </Stack>
  );
}
