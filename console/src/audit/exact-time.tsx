/** A moment to the second: of events that follow one another the order matters. */

import { Text } from '@mantine/core';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

export function ExactTime({ at }: { readonly at: string }) {
  const moment = new Date(at);
  return (
    <time dateTime={at} title={at}>
      {TIME.format(moment)}{' '}
      <Text span size="xs" c="dimmed">
        {DATE.format(moment)}
      </Text>
    </time>
  );
}
