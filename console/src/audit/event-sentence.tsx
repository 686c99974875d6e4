/** An event as a sentence, with names. */

import type { ReactNode } from 'react';
import type { AuditEvent } from './audit-calls.ts';
import { wordsOf } from './event-words.ts';
import { ActorName, SubjectName, TokenName } from './names.tsx';

export function EventSentence({ event }: { readonly event: AuditEvent }) {
  const { sentence } = wordsOf(event.event);
  return (
    <>
      {sentence.split(/(\{\w+\})/).map((part) => (
        <Part key={part} part={part} event={event} />
      ))}
    </>
  );
}

function Part({ part, event }: { readonly part: string; readonly event: AuditEvent }): ReactNode {
  switch (part) {
    case '{subject}':
      return (
        <b>
          <SubjectName event={event} />
        </b>
      );
    case '{actor}':
      return (
        <b>
          <ActorName event={event} />
        </b>
      );
    case '{token}':
      return (
        <b>
          {event.access_token_id === null ? (
            'An access token'
          ) : (
            <TokenName id={String(event.access_token_id)} />
          )}
        </b>
      );
    default:
      return part;
  }
}
