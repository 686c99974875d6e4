/**
 * One server, asked over HTTP: each request within ten seconds, redirects not followed, every
 * refusal one line that says what to do. Knows no command and no contract beyond their errors.
 */

import { EXIT } from '../context.ts';
import { CommandFailure } from '../failures.ts';
import type { RemoteAnswer } from './answers.ts';
import { explainConnectionFault } from './connection-faults.ts';

const DEADLINE_SECONDS = 10;
/** A listing of a hundred thousand tokens is less; what is more is no answer of Sallyport. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Of the words of a server, which could be anybody's. */
const MAX_QUOTED_LENGTH = 300;

export interface RemoteRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  /** In place of a body of JSON. */
  readonly text?: { readonly type: string; readonly content: string };
  readonly bearer?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent also when the operator wants to stop: what ends in order needs it. */
  readonly isLast?: boolean;
  /** What must not come back in a message, besides the bearer. */
  readonly secret?: string;
}

export class RemoteServer {
  readonly address: string;
  readonly #end: AbortSignal;
  readonly #deadlineSeconds: number;
  readonly #secrets = new Set<string>();

  /** `end` is aborted when the operator wants to stop. */
  constructor(address: string, end: AbortSignal, deadlineSeconds = DEADLINE_SECONDS) {
    this.address = address;
    this.#end = end;
    this.#deadlineSeconds = deadlineSeconds;
  }

  /** Any status is an answer, but for redirects. @throws CommandFailure */
  async send(request: RemoteRequest): Promise<RemoteAnswer> {
    try {
      const deadline = AbortSignal.timeout(this.#deadlineSeconds * 1_000);
      return await this.#read(request, await this.#fetch(request, deadline));
    } catch (error) {
      throw this.#explain(error, request);
    }
  }

  /**
   * The text of an answer that may be of any length and take any time, as long as it begins in
   * time. @throws CommandFailure; what `refuse` makes of an answer that is no success
   */
  async *stream(
    request: RemoteRequest,
    refuse: (answer: RemoteAnswer) => CommandFailure,
  ): AsyncGenerator<string> {
    const begun = new AbortController();
    const deadline = setTimeout(() => begun.abort(tooLate()), this.#deadlineSeconds * 1_000);
    try {
      const response = await this.#fetch(request, begun.signal);
      clearTimeout(deadline);
      if (response.status !== 200) throw refuse(await this.#read(request, response));
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) yield decoder.decode(chunk, { stream: true });
    } catch (error) {
      throw this.#explain(error, request);
    } finally {
      clearTimeout(deadline);
    }
  }

  #fetch(request: RemoteRequest, deadline: AbortSignal): Promise<Response> {
    const { method, path, body, text, bearer, secret } = request;
    for (const word of [bearer, secret]) if (word !== undefined) this.#secrets.add(word);
    const content = body === undefined ? text?.content : JSON.stringify(body);
    return fetch(`${this.address}${path}`, {
      method,
      headers: {
        accept: 'application/json, application/problem+json',
        'user-agent': 'sallyport-cli',
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        ...(content !== undefined && { 'content-type': text?.type ?? 'application/json' }),
        ...request.headers,
      },
      ...(content !== undefined && { body: content }),
      redirect: 'manual',
      signal: request.isLast ? deadline : AbortSignal.any([deadline, this.#end]),
    });
  }

  async #read({ method, path }: RemoteRequest, response: Response): Promise<RemoteAnswer> {
    const { status, headers } = response;
    const text = await readText(response);
    const json = parseJson(response, text);
    const answer = { call: `${method} ${path}`, status, headers, json };
    if (status >= 300 && status < 400) throw this.#redirected(answer);
    return answer;
  }

  #explain(error: unknown, { method, isLast }: RemoteRequest): unknown {
    if (error instanceof CommandFailure) return error;
    const isChange = method !== 'GET';
    if (this.#end.aborted && !isLast) return interrupted(isChange);
    const [address, deadlineSeconds] = [this.address, this.#deadlineSeconds];
    return explainConnectionFault(error, { address, isChange, deadlineSeconds });
  }

  /** What an answer that is no success says, for statuses that mean the same to every call. */
  refusal(answer: RemoteAnswer): CommandFailure {
    const { status, call } = answer;
    const said = this.#quote(answer.json);
    if (said === null) return this.#strange(answer);
    const wait = `try again in ${retryAfterSeconds(answer) ?? 'a few'} s`;
    switch (status) {
      case 400:
      case 409: {
        const code = codeOf(answer.json) ?? 'request_refused';
        return new CommandFailure(code, [`${this.address} refused: ${said}`]);
      }
      case 403:
        return new CommandFailure('permission_denied', [
          codeOf(answer.json) === null
            ? `The credential is good, but does not permit this. ${this.address} says: ${said}`
            : `${this.address} refused: ${said}`,
        ]);
      case 404:
        if (/_not_found$/.test(codeOf(answer.json) ?? '')) {
          return new CommandFailure(codeOf(answer.json) ?? '', [`${this.address} says: ${said}`]);
        }
        return new CommandFailure('call_unknown', [
          `${this.address} has no ${call} (${said}); it may be an older release of Sallyport, or ` +
            'the address needs another path.',
        ]);
      case 412:
      case 428:
        return new CommandFailure('changed_meanwhile', [
          'Somebody else has changed this meanwhile; look at it and try again.',
        ]);
      case 429:
        return new CommandFailure('rate_limited', [
          `There were too many failed attempts from this address; ${wait}.`,
        ]);
      case 503:
        return new CommandFailure('server_busy', [`${this.address} is busy; ${wait}.`]);
    }
    const place = status >= 500 ? '; the log of the server says why' : '';
    return new CommandFailure('server_failed', [
      `${this.address} answered ${call} with ${status}: ${said}${place}`,
    ]);
  }

  /** What the server said, for sentences; null when it is not of any form that Sallyport has. */
  #quote(json: unknown): string | null {
    if (typeof json !== 'object' || json === null) return null;
    const { detail, title, message, error } = json as Record<string, unknown>;
    const said = [detail, message, error, title].find((text) => typeof text === 'string');
    return typeof said === 'string' ? this.#withoutSecrets(said) : null;
  }

  #strange({ call, status, headers }: RemoteAnswer): CommandFailure {
    const type = headers.get('content-type')?.split(';')[0]?.trim() || 'no type';
    return new CommandFailure('answer_invalid', [
      `${this.address} answered ${call} with ${status} and ${type}, which is not how Sallyport ` +
        'answers: a proxy in front of it failed, or another program listens there.',
    ]);
  }

  #redirected({ status, headers }: RemoteAnswer): CommandFailure {
    const target = this.#withoutSecrets(headers.get('location') ?? 'nowhere');
    return new CommandFailure('redirected', [
      `${this.address} answered ${status} and points to ${target}. Redirects are not followed, ` +
        'because the credential would go along; give --url the address that is meant.',
    ]);
  }

  /** A server, or what stands in front of it, may repeat what it was sent. */
  #withoutSecrets(text: string): string {
    const clean = [...this.#secrets].reduce((left, word) => left.replaceAll(word, '…'), text);
    const points = [...clean];
    return points.length <= MAX_QUOTED_LENGTH
      ? clean
      : `${points.slice(0, MAX_QUOTED_LENGTH).join('')}…`;
  }
}

/** As `AbortSignal.timeout` has it. */
function tooLate(): Error {
  return new DOMException('no answer in time', 'TimeoutError');
}

async function readText(response: Response): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new Error(`more than ${MAX_ANSWER_BYTES} bytes came`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Undefined when it is not JSON, or does not say that it is. */
function parseJson({ headers }: Response, text: string): unknown {
  if (!/^application\/(problem\+)?json\b/i.test(headers.get('content-type') ?? '')) return;
  try {
    return JSON.parse(text);
  } catch {
    return;
  }
}

/** The stable word in problem details (RFC 9457). */
function codeOf(json: unknown): string | null {
  const code = (json as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' && /^[a-z_]{1,50}$/.test(code) ? code : null;
}

function retryAfterSeconds({ headers }: RemoteAnswer): number | null {
  const value = headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(value) ? Number(value) : null;
}

function interrupted(isChange: boolean): CommandFailure {
  const line = isChange
    ? 'interrupted; the change may have been made all the same, look before you try again'
    : 'interrupted; nothing was changed';
  return new CommandFailure('interrupted', [line], EXIT.interrupted);
}
