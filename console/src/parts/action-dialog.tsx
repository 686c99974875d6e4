/**
 * Asks before something is done that somebody would miss, does it, and stays to say why when it
 * could not be done.
 */

import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Problem } from '../api/problem.ts';
import { queryClient } from '../api/query-client.ts';
import { Failure } from './failure.tsx';

interface ActionDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What will happen, and what cannot be had back. */
  readonly children: ReactNode;
  readonly confirmLabel: string;
  readonly isDangerous?: boolean;
  /** Must be typed in before the button works: for what is gone afterwards. */
  readonly confirmWord?: string;
  readonly action: () => Promise<unknown>;
}

export function ActionDialog(props: ActionDialogProps) {
  const { opened, onClose, title } = props;
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered>
      {/* Anew each time, so that no word and no error of the time before is left. */}
      {opened && <ActionForm {...props} />}
    </Modal>
  );
}

function ActionForm(props: ActionDialogProps) {
  const { onClose, children, confirmLabel, isDangerous = false, confirmWord, action } = props;
  const [typed, setTyped] = useState('');
  const { isRunning, error, run } = useAction(action, onClose);
  const isReady = confirmWord === undefined || typed === confirmWord;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) void run();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {children}
        {confirmWord !== undefined && (
          <TextInput
            label={`Type ${confirmWord} to go on`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
        )}
        {error !== null && <Failure error={error} title="Nothing was changed" />}
        <Group justify="end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            loading={isRunning}
            disabled={!isReady}
            {...(isDangerous && { color: 'red.8' })}
          >
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Runs an action once at a time. What has changed meanwhile is loaded anew, to decide again. */
export function useAction(action: () => Promise<unknown>, onDone: () => void) {
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = async () => {
    if (isRunning) return;
    setRunning(true);
    setError(null);
    try {
      await action();
      onDone();
    } catch (fault) {
      setError(explainStale(fault));
    } finally {
      setRunning(false);
    }
  };
  return { isRunning, error, run };
}

function explainStale(fault: unknown): unknown {
  if (!(fault instanceof Problem) || fault.status !== 412) return fault;
  void queryClient.invalidateQueries();
  const detail =
    'Somebody else changed this a moment ago. It is shown anew as it is now: look, and decide again.';
  return new Problem(412, { detail, code: fault.code });
}
