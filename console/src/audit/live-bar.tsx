/** Whether events are shown as they come in, why not where they are not, and a way to switch it. */

import { Badge, Button, Group, Text } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '../parts/icons.tsx';
import type { TailStatus } from './live-tail.ts';

interface LiveBarProps {
  /** Null while it is switched off. */
  readonly status: TailStatus | null;
  /** Why it cannot be switched on; null where it can. */
  readonly obstacle: string | null;
  readonly onSwitch: (isOn: boolean) => void;
}

export function LiveBar({ status, obstacle, onSwitch }: LiveBarProps) {
  const { color, label, text } = wordsFor(status, obstacle);
  return (
    <Group gap="sm">
      {obstacle === null && (
        <Button
          variant="default"
          size="xs"
          leftSection={
            status === null ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />
          }
          onClick={() => onSwitch(status === null)}
        >
          {status === null ? 'Go live' : 'Pause'}
        </Button>
      )}
      <Group gap="xs" role="status">
        <Badge variant="light" color={color} miw="max-content">
          {label}
        </Badge>
        <Text size="sm" c="dimmed">
          {text}
        </Text>
      </Group>
    </Group>
  );
}

function wordsFor(status: TailStatus | null, obstacle: string | null) {
  if (obstacle !== null) return { color: 'gray', label: 'Not live', text: obstacle };
  if (status === null) return { color: 'gray', label: 'Paused', text: 'New events are not shown.' };
  switch (status.kind) {
    case 'connecting':
      return { color: 'gray', label: 'Connecting', text: '' };
    case 'live':
      return { color: 'teal', label: 'Live', text: 'New events appear on top.' };
    case 'cut':
    case 'refused':
      return { color: 'red', label: 'Not connected', text: status.why };
  }
}
