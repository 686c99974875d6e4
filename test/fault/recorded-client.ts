/** Calls of both contracts, each written into the history. */

import { setTimeout as wait } from 'node:timers/promises';
import type { HistoryRecorder, Operation } from './history.ts';

/** Longer than any server may take. */
const ANSWER_DEADLINE_MS = 15_000;

interface Answer {
  readonly status: number;
  readonly body: string;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly bearer?: string;
  readonly json?: object;
  /** The client is gone when the answer comes: it has been given, and nobody has read it. */
  readonly losesAnswer?: boolean;
}

export interface Pair {
  readonly access: string;
  readonly refresh: string;
}

/** Which server a call goes to; its name where there are several. */
export type Route = () => { readonly url: string; readonly name?: string };

export interface ClientOptions {
  /** A caller's pause before each call. */
  readonly paceMs?: number;
  /** Told when an answer that somebody waits for does not come, or is 503. */
  readonly onFailure?: (server: string, what: string) => void;
}

export class RecordedClient {
  readonly #recorder: HistoryRecorder;
  /** Opens token calls, like the token of an operator's script. */
  readonly #managerToken: string;
  readonly #options: ClientOptions;
  #route: Route;
  #isOver = false;

  constructor(
    recorder: HistoryRecorder,
    to: string | Route,
    managerToken: string,
    options: ClientOptions = {},
  ) {
    this.#recorder = recorder;
    this.#options = options;
    this.#route = typeof to === 'string' ? () => ({ url: to }) : to;
    this.#managerToken = managerToken;
  }

  /** The server is there again, at another port. */
  moveTo(url: string): void {
    this.#route = () => ({ url });
  }

  /** The same history, by another way. */
  by(route: Route): RecordedClient {
    return new RecordedClient(this.#recorder, route, this.#managerToken, this.#options);
  }

  /** From now on no call is made, which looks to the caller like an answer that never comes. */
  end(): void {
    this.#isOver = true;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  refresh(
    subject: string,
    input: string,
    options: Pick<Request, 'losesAnswer'> & { isReplay?: boolean } = {},
  ): Promise<Operation> {
    const { losesAnswer = false, isReplay } = options;
    const json = { refresh_token: input };
    const path = '/api/auth/refresh';
    const request = { method: 'POST', path, json, losesAnswer };
    return this.#make(
      { call: isReplay ? 'replay' : 'refresh', subject, input },
      request,
      writePair,
    );
  }

  verify(subject: string, input: string): Promise<Operation> {
    const request = { method: 'GET', path: '/api/auth/verify', bearer: input };
    return this.#make({ call: 'verify', subject, input }, request);
  }

  logout(subject: string, input: string): Promise<Operation> {
    const request = { method: 'POST', path: '/api/auth/logout', bearer: input };
    return this.#make({ call: 'logout', subject, input }, request);
  }

  /** Null when no answer came; the sign-in itself is checked by what its session does then. */
  async signIn(username: string, password: string): Promise<Pair | null> {
    const json = { username, password };
    if (this.#isOver) return null;
    const request = { method: 'POST', path: '/api/auth/login', json };
    const answer = await this.#call(request, this.#route());
    if (answer === null) return null;
    if (answer.status !== 200) throw new Error(`a sign-in was answered with ${answer.status}`);
    return readPair(writePair(answer.body));
  }

  async createToken(name: string): Promise<{ operation: Operation; id: number | null }> {
    const json = { name, permission: 'admin' };
    let id: number | null = null;
    const operation = await this.#make(
      { call: 'create', subject: name, input: '' },
      { method: 'POST', path: '/auth/access_token', json, bearer: this.#managerToken },
      (body) => {
        const created = JSON.parse(body);
        id = created.id;
        return created.token;
      },
    );
    return { operation, id };
  }

  rotateToken(name: string, id: number): Promise<Operation> {
    const path = `/auth/access_token/${id}/rotate`;
    return this.#make(
      { call: 'rotate', subject: name, input: '' },
      { method: 'POST', path, bearer: this.#managerToken },
      (body) => JSON.parse(body).token,
    );
  }

  deleteToken(name: string, id: number): Promise<Operation> {
    const request = {
      method: 'DELETE',
      path: `/auth/access_token/${id}`,
      bearer: this.#managerToken,
    };
    return this.#make({ call: 'delete', subject: name, input: '' }, request);
  }

  useToken(name: string, value: string): Promise<Operation> {
    const request = { method: 'GET', path: '/auth/access_tokens', bearer: value };
    return this.#make({ call: 'use', subject: name, input: value }, request);
  }

  /** `keeps` says which of the names are this round's. */
  listTokens(keeps: (name: string) => boolean): Promise<Operation> {
    const request = { method: 'GET', path: '/auth/access_tokens', bearer: this.#managerToken };
    return this.#make({ call: 'list', subject: '*', input: '' }, request, (body) => {
      const names = (JSON.parse(body) as { name: string }[]).map((token) => token.name);
      return names.filter(keeps).join(' ');
    });
  }

  resetAdminPassword(password: string): Promise<Operation> {
    const request = { method: 'POST', path: '/auth/admin/reset-password', json: { password } };
    return this.#make({ call: 'reset_password', subject: 'admin', input: password }, request);
  }

  signInAdmin(password: string): Promise<Operation> {
    const request = { method: 'POST', path: '/auth/admin/login', json: { password } };
    const operation = { call: 'admin_login', subject: 'admin', input: password } as const;
    return this.#make(operation, request, (body) => JSON.parse(body).token);
  }

  useAdminJwt(token: string): Promise<Operation> {
    const request = { method: 'GET', path: '/auth/access_tokens', bearer: token };
    return this.#make({ call: 'admin_use', subject: 'admin', input: token }, request);
  }

  async #make(
    operation: Pick<Operation, 'call' | 'subject' | 'input'>,
    request: Request,
    read: (body: string) => string = () => '',
  ): Promise<Operation> {
    const { paceMs = 0 } = this.#options;
    if (paceMs > 0) await wait(paceMs);
    if (this.#isOver) return { ...operation, start: 0, end: null, status: null, output: '' };
    const to = this.#route();
    const ask = async () => {
      const answer = await this.#call(request, to);
      if (answer === null) return null;
      const output = answer.status === 200 ? read(answer.body) : '';
      return { status: answer.status, output };
    };
    return this.#recorder.record(operation, ask, to.name);
  }

  /**
   * Null when the connection broke, whoever broke it; where there are several servers, whose
   * database fails, also for a 503: it may have been done.
   */
  async #call(
    { method, path, bearer, json, losesAnswer }: Request,
    { url, name }: ReturnType<Route>,
  ): Promise<Answer | null> {
    const headers = {
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
    };
    const body = json === undefined ? null : JSON.stringify(json);
    try {
      const signal = AbortSignal.timeout(ANSWER_DEADLINE_MS);
      const answer = await fetch(url + path, { method, headers, body, signal });
      const isUnknown = name !== undefined && answer.status === 503;
      if (!losesAnswer && !isUnknown) {
        return { status: answer.status, body: await answer.text() };
      }
      if (isUnknown) this.#options.onFailure?.(name, `${path}: 503`);
      await answer.body?.cancel();
      return null;
    } catch (error) {
      this.#options.onFailure?.(name ?? url, `${path}: ${error}`);
      return null;
    }
  }
}

function writePair(body: string): string {
  const { token, refresh_token } = JSON.parse(body);
  return `${token} ${refresh_token}`;
}

export function readPair(output: string): Pair {
  const [access = '', refresh = ''] = output.split(' ');
  return { access, refresh };
}
