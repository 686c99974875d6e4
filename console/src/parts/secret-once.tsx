/** A secret that is shown this once: to copy, and to be left only on purpose. */

import { Alert, Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { type ReactNode, useRef } from 'react';
import { IconCheck, IconCopy } from './icons.tsx';

interface SecretOnceProps {
  readonly opened: boolean;
  readonly title: string;
  readonly label: string;
  readonly secret: string;
  /** What it is for, and where to put it. */
  readonly children: ReactNode;
  readonly onClose: () => void;
}

export function SecretOnce({ opened, title, label, secret, children, onClose }: SecretOnceProps) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      centered
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack gap="md">
        {children}
        <CopyField label={label} value={secret} />
        <Alert color="yellow" variant="light">
          It is shown this once. The server keeps only a hash of it and cannot show it again.
        </Alert>
        <Group justify="end">
          <Button onClick={onClose}>I have kept it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** A text to take away, such as a secret or a command. */
export function CopyField({ label, value }: { readonly label: string; readonly value: string }) {
  const field = useRef<HTMLInputElement>(null);
  const clipboard = useClipboard();
  // Over plain http from another machine browsers give pages no clipboard.
  const isByHand = clipboard.error !== null;
  const copy = () => {
    clipboard.copy(value);
    field.current?.select();
  };
  return (
    <Group align="end" gap="sm" wrap="nowrap">
      <TextInput
        ref={field}
        label={label}
        description={isByHand && 'The browser does not let this page copy: press Ctrl+C or ⌘C.'}
        value={value}
        readOnly
        flex={1}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        onFocus={(event) => event.currentTarget.select()}
      />
      <Button
        variant="default"
        onClick={copy}
        leftSection={clipboard.copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
      >
        {clipboard.copied ? 'Copied' : 'Copy'}
      </Button>
    </Group>
  );
}
