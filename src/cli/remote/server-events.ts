/** Reading server-sent events (WHATWG HTML §9.2.6), as far as Sallyport sends them. */

/** Of one event: far more than any has, and less than harms. */
const MAX_LENGTH = 1024 * 1024;

export interface ServerEvent {
  /** Null when none came with it. */
  readonly id: string | null;
  /** Null for one that only says where to come back to. */
  readonly data: string | null;
}

/** Comments are events with neither, so that a reader hears that somebody is there. */
export async function* readServerEvents(
  pieces: AsyncIterable<string>,
): AsyncGenerator<ServerEvent> {
  let waiting = '';
  for await (const piece of pieces) {
    const blocks = (waiting + piece).replaceAll('\r\n', '\n').split('\n\n');
    waiting = blocks.pop() ?? '';
    if (waiting.length > MAX_LENGTH) throw new Error(`an event of over ${MAX_LENGTH} characters`);
    yield* blocks.map(readBlock);
  }
}

function readBlock(block: string): ServerEvent {
  const fields = block.split('\n').map((line) => /^([^:]*):? ?(.*)$/s.exec(line) ?? []);
  const valuesOf = (name: string) =>
    fields.filter(([, field]) => field === name).map(([, , value = '']) => value);
  const data = valuesOf('data');
  return {
    id: valuesOf('id').at(-1) ?? null,
    data: data.length === 0 ? null : data.join('\n'),
  };
}
