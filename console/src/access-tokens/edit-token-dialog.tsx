/** Changes the name and the description of an access token, which no program sees. */

import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useAction } from '../parts/action-dialog.tsx';
import { announceDone } from '../parts/announce.ts';
import { Failure } from '../parts/failure.tsx';
import { type AccessToken, changeToken } from './token-calls.ts';

interface EditTokenDialogProps {
  readonly token: AccessToken;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function EditTokenDialog({ token, opened, onClose }: EditTokenDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Edit name and description" centered>
      {opened && <EditTokenForm token={token} onClose={onClose} />}
    </Modal>
  );
}

function EditTokenForm({ token, onClose }: Omit<EditTokenDialogProps, 'opened'>) {
  const [name, setName] = useState(token.name);
  const [description, setDescription] = useState(token.description);
  const { isRunning, error, run } = useAction(async () => {
    await changeToken(token, { name, description });
    announceDone('Name and description are saved.');
  }, onClose);
  const isChanged = name !== token.name || description !== token.description;
  const isReady = name.trim() !== '' && isChanged;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) void run();
  };
  return (
    <form onSubmit={submit} autoComplete="off">
      <Stack gap="md">
        <TextInput
          label="Name"
          autoComplete="off"
          spellCheck={false}
          required
          maxLength={255}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label="Description (optional)"
          autosize
          minRows={2}
          maxRows={8}
          maxLength={4096}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        {error !== null && <Failure title="Nothing was changed" error={error} />}
        <Group justify="end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isRunning} disabled={!isReady}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
