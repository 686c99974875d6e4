/** An event as a sentence, with names. */

import type { ReactNode } from 'react';
import type { AuditEvent } from './audit-calls.ts';
import { wordsOf } from './event-words.ts';
import { ActorName, SubjectName, TokenName } from './names.tsx';

export function EventSentence({ event }: { readonly event: AuditEvent }) {
  const { sentence } = wordsOf(event.event);
  return (
    <>
      {sentence
        .split(/(\{\w+\})/)
        .filter((part) => part !== '')
        .map((part, index) => (
          <Part key={part} part={part} event={event} isFirst={index === 0} />
        ))}
    </>
  );
}

interface PartProps {
  readonly part: string;
  readonly event: AuditEvent;
  readonly isFirst: boolean;
}

function Part({ part, event, isFirst }: PartProps): ReactNode {
  switch (part) {
    case '{subject}':
      return (
        <b>
          <SubjectName event={event} isFirst={isFirst} />
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
          <TokenOf event={event} isFirst={isFirst} />
        </b>
      );
    default:
      return part;
  }
}

function TokenOf({ event, isFirst }: Omit<PartProps, 'part'>) {
  const { access_token_id: id } = event;
  if (id === null) return isFirst ? 'An access token' : 'an access token';
  return <TokenName id={String(id)} isFirst={isFirst} />;
}
