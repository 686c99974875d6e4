/** A client of server-sent events that keeps what it is told (WHATWG HTML §9.2.6). */

import { once } from 'node:events';
import { type ClientRequest, type IncomingHttpHeaders, request } from 'node:http';
import { waitUntil } from './waiting.ts';

export interface StreamedEvent {
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of every shape
  readonly data: any;
}

export interface EventStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly events: StreamedEvent[];
  /** All text so far. */
  text(): string;
  /** Where it would come back to. */
  lastEventId(): string;
  hasEnded(): boolean;
  /** Whether all that was sent has come, rather than a connection that broke. */
  isWhole(): boolean;
  until(count: number): Promise<StreamedEvent[]>;
  untilEnd(): Promise<void>;
  close(): void;
  /** Stops taking what comes. */
  pause(): void;
}

export async function openStream(
  url: string,
  path: string,
  headers: Record<string, string>,
): Promise<EventStream> {
  const { hostname, port } = new URL(url);
  const outgoing: ClientRequest = request({ host: hostname, port, path, headers, agent: false });
  outgoing.end();
  const [incoming] = await once(outgoing, 'response');
  outgoing.on('error', () => undefined);
  const events: StreamedEvent[] = [];
  const state = { text: '', rest: '', id: '', ended: false };
  incoming.setEncoding('utf8').on('data', (chunk: string) => {
    state.text += chunk;
    const blocks = (state.rest + chunk).split('\n\n');
    state.rest = blocks.pop() ?? '';
    for (const block of blocks) readBlock(block, state, events);
  });
  incoming.on('close', () => {
    state.ended = true;
  });
  incoming.on('error', () => undefined);
  await waitUntil('the beginning of the stream', () => state.text !== '' || state.ended);
  return {
    status: incoming.statusCode,
    headers: incoming.headers,
    events,
    text: () => state.text,
    lastEventId: () => state.id,
    hasEnded: () => state.ended,
    isWhole: () => incoming.complete,
    until: async (count) => {
      const what = () => `${count} events, not ${events.length}: ${state.text}`;
      await waitUntil(what, () => events.length >= count, 10_000);
      return events;
    },
    untilEnd: () => waitUntil('the end of the stream', () => state.ended, 10_000),
    close: () => outgoing.destroy(),
    pause: () => incoming.pause(),
  };
}

function readBlock(block: string, state: { id: string }, events: StreamedEvent[]): void {
  let data: string | null = null;
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === 'id') state.id = value;
    if (field === 'data') data = value;
  }
  if (data !== null) events.push({ id: state.id, data: JSON.parse(data) });
}
