/** While two values work: until when, whether the old one is still used, and a way to end it. */

import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { ActionDialog } from '../parts/action-dialog.tsx';
import { announceDone } from '../parts/announce.ts';
import { IconArrowsExchange } from '../parts/icons.tsx';
import { When } from '../parts/when.tsx';
import { relativeWords, useNow } from './time-left.tsx';
import { overlapOf } from './token-badges.tsx';
import { type AccessToken, endOverlap, lookAgain } from './token-calls.ts';

export function OverlapPanel({ token }: { readonly token: AccessToken }) {
  const nowMs = useNow();
  const [isAsking, asking] = useDisclosure(false);
  const overlap = overlapOf(token);
  if (overlap === null) return null;
  const { endsAt, isStillUsed } = overlap;
  const use = wordsOfUse(overlap, nowMs);
  return (
    <>
      <Alert
        color={isStillUsed ? 'orange' : 'brand'}
        variant="light"
        icon={<IconArrowsExchange />}
        title="Overlap: the old value works too"
      >
        <Stack gap="sm" align="start">
          <Text size="sm" c="var(--mantine-color-text)">
            It ends {relativeWords(endsAt, nowMs)}, at <When at={endsAt} />. {use}
          </Text>
          <Group gap="sm">
            <Button variant="default" size="xs" onClick={asking.open}>
              End the overlap now
            </Button>
            <Button variant="default" size="xs" onClick={() => void lookAgain(token)}>
              Look again
            </Button>
          </Group>
        </Stack>
      </Alert>
      <ActionDialog
        opened={isAsking}
        onClose={asking.close}
        title="End the overlap now"
        confirmLabel="End the overlap"
        isDangerous
        action={async () => {
          await endOverlap(token);
          announceDone(`Only the new value of ${token.name} works now.`);
        }}
      >
        <Text size="sm">
          The old value of {token.name} is dead at once; the new one goes on. {use}
        </Text>
      </ActionDialog>
    </>
  );
}

function wordsOfUse(
  { usedAt, isStillUsed }: NonNullable<ReturnType<typeof overlapOf>>,
  nowMs: number,
): string {
  if (usedAt === null) return 'The old value was never used.';
  const lastUse = `The old value was last used ${relativeWords(usedAt, nowMs)}`;
  return isStillUsed
    ? `${lastUse}, after the rotation: something has not moved over yet.`
    : `${lastUse}, and not since the rotation.`;
}
