/** The list of events with those on top that came in since it was asked for. */

import type { useAuditEvents } from './audit-calls.ts';
import type { LiveEvents } from './use-live-events.ts';

type List = ReturnType<typeof useAuditEvents>;

export function joinLive(list: List, tail: LiveEvents) {
  const listed = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const newestListed = listed[0]?.id ?? 0;
  // What the list has, it has at its place, on a page that is shown or on a later one.
  const fresh = tail.events.filter(({ id }) => id > newestListed);
  const isCut = tail.isCut && fresh.length === tail.events.length;
  const arrivedIds = new Set(tail.events.map(({ id }) => id));
  if (list.data === undefined || fresh.length === 0) return { list, arrivedIds, isCut: false };
  const top = { items: fresh, next_cursor: null };
  // Between the events on top and the list there may be others: it is not shown as if it joined.
  const pages = isCut ? [top] : [top, ...list.data.pages];
  const pageParams = [null, ...list.data.pageParams].slice(0, pages.length);
  const joined = { ...list, data: { pages, pageParams }, ...(isCut && { hasNextPage: false }) };
  return { list: joined as List, arrivedIds, isCut };
}
