/** One call of the server: what is sent, how long is waited, and what an answer means. */

import { refusalOf, SallyportClientError } from './errors.ts';
import { OPERATIONS, type Operations } from './openapi.ts';

export type OperationName = keyof Operations;

/** The body of a successful answer; the calls of the pages redirect instead and have none. */
export type Answer<Name extends OperationName> = Operations[Name]['responses'] extends {
  200: infer Body;
}
  ? Body
  : never;

export interface CallInput<Name extends OperationName> {
  readonly params?: Operations[Name]['params'];
  readonly body?: Operations[Name]['body'];
  readonly bearer?: string | undefined;
}

export interface TransportOptions {
  /** Where the server is; a path before its calls is kept. */
  readonly baseUrl: string | URL;
  /** In place of the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How long one answer is waited for; 10 s unless told. */
  readonly timeoutMs?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 10_000;

export class Transport {
  readonly baseUrl: URL;
  readonly fetch: typeof globalThis.fetch;
  readonly #timeoutMs: number;

  /** @throws SallyportClientError `input_invalid` for a base URL that is none */
  constructor({ baseUrl, fetch, timeoutMs = DEFAULT_TIMEOUT_MS }: TransportOptions) {
    this.baseUrl = readBaseUrl(baseUrl);
    // Looked up on each call, so that what is installed later (a mock, a polyfill) is used.
    this.fetch = fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#timeoutMs = timeoutMs;
  }

  /** @throws SallyportClientError */
  async call<Name extends OperationName>(
    name: Name,
    { params, body, bearer }: CallInput<Name>,
  ): Promise<Answer<Name>> {
    const { method, path } = OPERATIONS[name];
    const filled = fillPath(path, (params ?? {}) as Record<string, string>);
    const url = new URL(this.baseUrl.pathname.replace(/\/$/, '') + filled, this.baseUrl);
    const headers: Record<string, string> = { accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (bearer !== undefined) headers.authorization = bearerHeader(bearer);
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const { response, text } = await this.#exchange(url, { method, headers, ...sent });
    return readAnswer(response, text) as Answer<Name>;
  }

  /** The whole answer within the time: a body that breaks off is an answer that was lost. */
  async #exchange(url: URL, init: RequestInit): Promise<{ response: Response; text: string }> {
    const timer = new AbortController();
    let timeout: ReturnType<typeof setTimeout> | undefined;
    const timeIsUp = new Promise<never>((_, reject) => {
      timeout = setTimeout(() => {
        timer.abort();
        reject(new Error('the time is up'));
      }, this.#timeoutMs);
    });
    try {
      return await Promise.race([this.#send(url, init, timer.signal), timeIsUp]);
    } catch (cause) {
      const code = timer.signal.aborted ? 'timed_out' : 'network_failed';
      throw new SallyportClientError(code, `No answer from ${url.origin}`, { cause });
    } finally {
      clearTimeout(timeout);
    }
  }

  async #send(url: URL, init: RequestInit, signal: AbortSignal) {
    const response = await this.fetch(url.href, {
      ...init,
      // Neither cookies nor caches have a part in these calls, and nothing is sent elsewhere.
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      signal,
    });
    return { response, text: await response.text() };
  }
}

function readBaseUrl(text: string | URL): URL {
  try {
    const url = new URL(text);
    if (/^https?:$/.test(url.protocol)) return url;
  } catch {
    // Said below, without quoting what may hold a password.
  }
  throw new SallyportClientError('input_invalid', 'baseUrl is not an absolute http(s) URL');
}

function fillPath(path: string, params: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}

/** Checked here, because the platform's own complaint would quote the token. */
export function bearerHeader(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return `Bearer ${token}`;
  throw new SallyportClientError(
    'input_invalid',
    'The credential has characters that no token has',
  );
}

function readAnswer(response: Response, text: string): unknown {
  const json = parseObject(text);
  if (response.ok && json !== undefined) return json;
  if (response.ok) {
    const message = 'The answer is not the JSON of a Sallyport server';
    throw new SallyportClientError('answer_invalid', message, { status: response.status });
  }
  throw refusalOf(response.status, messageIn(json), readRetryAfter(response.headers));
}

/** Without the parser's error as a cause: it quotes the text. */
function parseObject(text: string): object | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}

function messageIn(json: object | undefined): string | undefined {
  const { error, message } = (json ?? {}) as { error?: unknown; message?: unknown };
  return [error, message].find((text) => typeof text === 'string') as string | undefined;
}

function readRetryAfter(headers: Headers): number | undefined {
  const text = headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
