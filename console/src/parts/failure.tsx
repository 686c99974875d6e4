/** Something could not be shown: why, and a way to try again. */

import { Alert, Button, Stack, Text } from '@mantine/core';
import { sentenceOf } from '../api/problem.ts';
import { IconAlertTriangle } from './icons.tsx';

interface FailureProps {
  readonly error: unknown;
  readonly title?: string;
  readonly onRetry?: () => void;
}

export function Failure({ error, title = 'That did not work', onRetry }: FailureProps) {
  return (
    <Alert color="red" variant="light" role="alert" icon={<IconAlertTriangle />} title={title}>
      <Stack gap="sm" align="start">
        <Text size="sm" c="var(--mantine-color-text)">
          {sentenceOf(error)}
        </Text>
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
