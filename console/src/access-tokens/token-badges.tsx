/** State, permissions and end of an access token at a glance. */

import { Badge, Group, Text } from '@mantine/core';
import { When } from '../parts/when.tsx';
import { PERMISSIONS } from './permissions.ts';
import { RelativeTime, relativeWords, standAlone, useNow } from './time-left.tsx';
import type { AccessToken } from './token-calls.ts';

const EXPIRING_WITHIN_MS = 7 * 24 * 60 * 60 * 1000;

export function TokenStateBadge({ token }: { readonly token: AccessToken }) {
  const nowMs = useNow();
  if (token.state === 'expired') {
    return (
      <Badge variant="light" color="red" miw="max-content">
        Expired
      </Badge>
    );
  }
  if (token.state === 'suspended') {
    return (
      <Badge variant="light" color="orange" miw="max-content">
        Suspended
      </Badge>
    );
  }
  if (isExpiring(token, nowMs)) {
    return (
      <Badge variant="light" color="orange" miw="max-content">
        Expires soon
      </Badge>
    );
  }
  return (
    <Badge variant="light" color="teal" miw="max-content">
      Live
    </Badge>
  );
}

export function isExpiring({ state, expires_at: at }: AccessToken, nowMs: number): boolean {
  return state === 'live' && at !== null && Date.parse(at) - nowMs <= EXPIRING_WITHIN_MS;
}

export function PermissionBadges({ permission }: Pick<AccessToken, 'permission'>) {
  const held = permission.split(',');
  return (
    <Group gap={4}>
      {PERMISSIONS.filter(({ name }) => held.includes(name)).map(({ name, label }) =>
        name === 'admin' ? (
          <Badge key={name} variant="light" color="brand">
            {label}
          </Badge>
        ) : (
          <Badge key={name} variant="default">
            {label}
          </Badge>
        ),
      )}
    </Group>
  );
}

/** When it expires, and how far away that is. */
export function Expiry({ token }: { readonly token: AccessToken }) {
  const nowMs = useNow();
  const { expires_at: at, state } = token;
  if (at === null) return <>Never</>;
  const isUrgent = state === 'expired' || isExpiring(token, nowMs);
  return (
    <>
      <Text size="sm" {...(isUrgent && { c: 'var(--mantine-color-error)', fw: 600 })}>
        {standAlone(relativeWords(at, nowMs))}
      </Text>
      <Text size="xs" c="dimmed">
        <When at={at} />
      </Text>
    </>
  );
}

/** Of the present value and, during an overlap, what is known of the old one. */
export function LastUse({ token }: { readonly token: AccessToken }) {
  const nowMs = useNow();
  const { last_used_at: at, previous } = token;
  return (
    <>
      <Text size="sm">{at === null ? 'Never' : <RelativeTime at={at} />}</Text>
      {previous !== null && (
        <Text size="xs" c="dimmed">
          Old value: {lastUseWords(previous.last_used_at, nowMs)}, ends{' '}
          {relativeWords(previous.expires_at, nowMs)}
        </Text>
      )}
    </>
  );
}

function lastUseWords(at: string | null, nowMs: number): string {
  return at === null ? 'never used' : `used ${relativeWords(at, nowMs)}`;
}

/** When the old value ends, and whether something still uses it. Null where there is none. */
export function overlapOf({ previous, rotated_at: rotatedAt }: AccessToken) {
  if (previous === null) return null;
  const { expires_at: endsAt, last_used_at: usedAt } = previous;
  const isStillUsed =
    usedAt !== null && rotatedAt !== null && Date.parse(usedAt) >= Date.parse(rotatedAt);
  return { endsAt, usedAt, isStillUsed };
}
