/** A moment for people: in their own time zone, with the exact one in UTC behind it. */

const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

interface WhenProps {
  /** RFC 3339, or null for never. */
  readonly at: string | null;
  readonly never?: string;
}

export function When({ at, never = 'Never' }: WhenProps) {
  if (at === null) return <>{never}</>;
  return (
    <time dateTime={at} title={at}>
      {FORMAT.format(new Date(at))}
    </time>
  );
}
