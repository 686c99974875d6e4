/** Makes an access token, and shows its value this once. */

import {
  Button,
  Checkbox,
  Group,
  Modal,
  NumberInput,
  Select,
  Stack,
  Textarea,
  TextInput,
} from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useAction } from '../parts/action-dialog.tsx';
import { Failure } from '../parts/failure.tsx';
import { PERMISSIONS } from './permissions.ts';
import { type AccessToken, createToken, type NewAccessToken } from './token-calls.ts';
import { TokenOnce } from './token-once.tsx';

interface CreateTokenDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** The value has been shown and taken away. */
  readonly onKept: (token: AccessToken) => void;
}

export function CreateTokenDialog({ opened, onClose, onKept }: CreateTokenDialogProps) {
  const [made, setMade] = useState<NewAccessToken | null>(null);
  const keep = () => {
    setMade(null);
    if (made !== null) onKept(made);
  };
  return (
    <>
      <Modal opened={opened} onClose={onClose} title="Make an access token" centered>
        {opened && <CreateTokenForm onClose={onClose} onMade={setMade} />}
      </Modal>
      <TokenOnce token={made} title="The access token is made" onClose={keep} />
    </>
  );
}

const DAY_SECONDS = 24 * 60 * 60;
const MAX_DAYS = 36_500;

/** Days as text, or one of the two words. */
const EXPIRY_CHOICES = [
  { value: '7', label: 'In 7 days' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
  { value: 'other', label: 'In another number of days' },
  { value: 'never', label: 'Never' },
];
const EXPIRY_UNLESS_CHOSEN = '90';

interface CreateTokenFormProps {
  readonly onClose: () => void;
  readonly onMade: (token: NewAccessToken) => void;
}

function CreateTokenForm({ onClose, onMade }: CreateTokenFormProps) {
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [permissions, setPermissions] = useState<string[]>([]);
  const [expiry, setExpiry] = useState<ExpiryChoice>({
    choice: EXPIRY_UNLESS_CHOSEN,
    days: '',
    isNeverMeant: false,
  });
  const expiresInSeconds = secondsOf(expiry);
  const { isRunning, error, run } = useAction(async () => {
    if (expiresInSeconds === undefined) return;
    const permission = permissions.join(',');
    const wanted = { name, description, permission, expires_in_seconds: expiresInSeconds };
    onMade(await createToken(wanted));
  }, onClose);
  const isReady = name.trim() !== '' && permissions.length > 0 && expiresInSeconds !== undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) void run();
  };
  return (
    <form onSubmit={submit} autoComplete="off">
      <Stack gap="md">
        <TextInput
          label="Name"
          description="Of the program that will use it, for example nightly-import"
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
          description="Where the value is kept, and who is asked when it is rotated"
          autosize
          minRows={2}
          maxRows={6}
          maxLength={4096}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <PermissionChoice value={permissions} onChange={setPermissions} />
        <ExpiryField value={expiry} onChange={setExpiry} />
        {error !== null && <Failure title="No access token was made" error={error} />}
        <Group justify="end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isRunning} disabled={!isReady}>
            Make the token
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface PermissionChoiceProps {
  readonly value: string[];
  readonly onChange: (permissions: string[]) => void;
}

function PermissionChoice({ value, onChange }: PermissionChoiceProps) {
  return (
    <Checkbox.Group
      label="Permissions"
      description="At least one; none of them holds another"
      value={value}
      onChange={onChange}
    >
      <Stack gap="sm" mt="xs">
        {PERMISSIONS.map(({ name, label, meaning }) => (
          <Checkbox key={name} value={name} label={label} description={meaning} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}

interface ExpiryChoice {
  readonly choice: string;
  /** As typed; only for another number of days. */
  readonly days: number | string;
  /** That it shall never expire is asked twice. */
  readonly isNeverMeant: boolean;
}

interface ExpiryFieldProps {
  readonly value: ExpiryChoice;
  readonly onChange: (value: ExpiryChoice) => void;
}

function ExpiryField({ value, onChange }: ExpiryFieldProps) {
  return (
    <>
      <Select
        label="Expires"
        description="Afterwards it opens nothing any more. It can be rotated before."
        allowDeselect={false}
        data={EXPIRY_CHOICES}
        value={value.choice}
        onChange={(choice) =>
          onChange({ choice: choice ?? EXPIRY_UNLESS_CHOSEN, days: '', isNeverMeant: false })
        }
      />
      {value.choice === 'other' && (
        <NumberInput
          label="Number of days"
          min={1}
          max={MAX_DAYS}
          allowDecimal={false}
          allowNegative={false}
          required
          value={value.days}
          onChange={(days) => onChange({ ...value, days })}
        />
      )}
      {value.choice === 'never' && (
        <Checkbox
          checked={value.isNeverMeant}
          onChange={(event) => onChange({ ...value, isNeverMeant: event.currentTarget.checked })}
          label="It shall never expire"
          description="If the value leaks, it opens doors until somebody notices and rotates or deletes it."
        />
      )}
    </>
  );
}

/** Null for never; undefined while it is not decided. */
function secondsOf({ choice, days, isNeverMeant }: ExpiryChoice): number | null | undefined {
  if (choice === 'never') return isNeverMeant ? null : undefined;
  const count = Number(choice === 'other' ? days : choice);
  const isCount = Number.isInteger(count) && count >= 1 && count <= MAX_DAYS;
  return isCount ? count * DAY_SECONDS : undefined;
}
