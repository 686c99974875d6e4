/** The value of a new or rotated access token, this once. */

import { Code, Text } from '@mantine/core';
import { SecretOnce } from '../parts/secret-once.tsx';
import type { NewAccessToken } from './token-calls.ts';

interface TokenOnceProps {
  /** Null when there is nothing to show. */
  readonly token: NewAccessToken | null;
  readonly title: string;
  readonly onClose: () => void;
}

export function TokenOnce({ token, title, onClose }: TokenOnceProps) {
  return (
    <SecretOnce
      opened={token !== null}
      title={title}
      label={token === null ? 'Value' : `Value of ${token.name}`}
      secret={token?.token ?? ''}
      onClose={onClose}
    >
      <Text size="sm">
        Put it where the program reads its secrets, and nowhere else. The program sends it as{' '}
        <Code>Authorization: Bearer</Code> with each request.
      </Text>
    </SecretOnce>
  );
}
