/** Gives an access token a new value, and says what becomes of the old one. */

import { Alert, Button, Group, Modal, Radio, Stack, Text } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useAction } from '../parts/action-dialog.tsx';
import { Failure } from '../parts/failure.tsx';
import { useNow } from './time-left.tsx';
import { type AccessToken, type NewAccessToken, rotateToken } from './token-calls.ts';
import { TokenOnce } from './token-once.tsx';

interface RotateTokenDialogProps {
  readonly token: AccessToken;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function RotateTokenDialog({ token, opened, onClose }: RotateTokenDialogProps) {
  const [rotated, setRotated] = useState<NewAccessToken | null>(null);
  return (
    <>
      <Modal opened={opened} onClose={onClose} title="Rotate the access token" centered>
        {opened && <RotateTokenForm token={token} onClose={onClose} onRotated={setRotated} />}
      </Modal>
      <TokenOnce token={rotated} title="The new value" onClose={() => setRotated(null)} />
    </>
  );
}

const HOUR_SECONDS = 60 * 60;
const DAY_SECONDS = 24 * HOUR_SECONDS;

const OVERLAPS = [
  {
    seconds: 0,
    label: 'None',
    meaning: 'The old value is dead at once. Choose this when it may have leaked.',
  },
  { seconds: HOUR_SECONDS, label: '1 hour', meaning: 'For one program that you restart now.' },
  { seconds: DAY_SECONDS, label: '24 hours', meaning: 'For programs that are rolled out today.' },
  { seconds: 7 * DAY_SECONDS, label: '7 days', meaning: 'For programs of other teams.' },
  { seconds: 30 * DAY_SECONDS, label: '30 days', meaning: 'For programs of other companies.' },
];

interface RotateTokenFormProps {
  readonly token: AccessToken;
  readonly onClose: () => void;
  readonly onRotated: (token: NewAccessToken) => void;
}

function RotateTokenForm({ token, onClose, onRotated }: RotateTokenFormProps) {
  // A leaked value must not live on because nobody looked, nor a program stop: it is chosen.
  const [chosen, setChosen] = useState<string | null>(token.state === 'suspended' ? '0' : null);
  const nowMs = useNow();
  const { isRunning, error, run } = useAction(async () => {
    onRotated(await rotateToken(token, Number(chosen)));
  }, onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (chosen !== null) void run();
  };
  const { expires_at: expiresAt } = token;
  const endMs = nowMs + Number(chosen) * 1000;
  const isCut = chosen !== '0' && expiresAt !== null && endMs > Date.parse(expiresAt);
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm">
          {token.name} gets a new value; its permissions and its end stay as they are. During an
          overlap both values work, so that programs can move over one after the other.
        </Text>
        {token.state === 'suspended' ? (
          <Alert color="orange" variant="light" title="No overlap">
            A restore has suspended this token, so nobody can vouch for its old value. The new one
            works at once.
          </Alert>
        ) : (
          <OverlapChoice value={chosen} onChange={setChosen} />
        )}
        {token.previous !== null && (
          <Alert color="orange" variant="light" title="There is an overlap already">
            At most two values work. The value of before the last rotation is dead at once.
          </Alert>
        )}
        {isCut && (
          <Text size="sm" c="dimmed">
            The token itself expires before, and both values with it.
          </Text>
        )}
        {error !== null && <Failure title="The value is as it was" error={error} />}
        <Group justify="end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isRunning} disabled={chosen === null}>
            Rotate
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface OverlapChoiceProps {
  readonly value: string | null;
  readonly onChange: (seconds: string) => void;
}

function OverlapChoice({ value, onChange }: OverlapChoiceProps) {
  return (
    <Radio.Group label="How long the old value works too" value={value} onChange={onChange}>
      <Stack gap="sm" mt="xs">
        {OVERLAPS.map(({ seconds, label, meaning }) => (
          <Radio key={seconds} value={String(seconds)} label={label} description={meaning} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
